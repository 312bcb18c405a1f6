"""Data that ships with CFBI Studio: the sample clip, weights and icons."""
