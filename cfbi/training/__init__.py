"""Training of the networks: recipes, losses, the step on one clip, the loop, checkpoints."""
