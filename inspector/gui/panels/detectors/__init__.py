"""The Detectors panel: the saved detectors of a workspace."""

from inspector.gui.panels.detectors.panel import DetectorsPanel

__all__ = ["DetectorsPanel"]
