"""Finishing of mattes and colours of cut-outs, on arrays. Free of Qt."""
