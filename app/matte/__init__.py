"""Finishing of mattes, on arrays. Free of Qt."""
