"""Widgets: they draw the document and hold nothing but view state."""
