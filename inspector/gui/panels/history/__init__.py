"""The History panel: what was inspected before."""

from inspector.gui.panels.history.panel import HistoryPanel

__all__ = ["HistoryPanel"]
