"""Detectors that compare patches of a picture with the patches of good ones, by a backbone's features."""
