"""Many clips at once: a job file, what of it is done, and doing the rest. Free of Qt."""
