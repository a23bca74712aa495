"""Autoencoders: trained to rebuild normal images, they rebuild defects badly; the difference is the score."""
