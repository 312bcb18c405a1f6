"""DAVIS scores: metrics, annotation reading and whole-dataset reports."""
