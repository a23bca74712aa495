"""GANs: a generator learns what normal images look like; what it cannot generate is not normal."""
