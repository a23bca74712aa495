"""Metric learning: an embedding learned by telling normal images from others; the score is a distance in it."""
