"""Inference over a clip."""
