"""Visual inspection with image anomaly detection."""

__version__ = "0.1.0"
