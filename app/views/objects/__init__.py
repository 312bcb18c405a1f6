"""The list of objects and what can be done with one."""
