"""Reads exports back by other means than they were written, and compares."""
