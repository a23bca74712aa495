"""The Batch panel: a folder inspected, with a report."""

from inspector.gui.panels.batch.panel import BatchPanel

__all__ = ["BatchPanel"]
