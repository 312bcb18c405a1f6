"""Joins the document, the views and the workers; everything here lives in the window's thread."""
