"""Floor 1: arrays in, arrays out. Region, placement, augmentation, corruption, smoothing and overlay."""
