"""Floor 2: detectors, their thresholds and their bundles. Keras trains, ONNX Runtime judges."""

from inspector.detectors.autoencoder.convolutional import ConvAutoencoder
from inspector.detectors.autoencoder.dense import DenseAutoencoder
from inspector.detectors.base import Detector
from inspector.detectors.registry import METHODS, load, method

__all__ = ["METHODS", "ConvAutoencoder", "DenseAutoencoder", "Detector", "load", "method"]
