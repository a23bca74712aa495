"""Collect pictures: from a camera, from files, from data sets; label them, and look through them for faults."""

from inspector.gui.panels.collect.panel import CollectPanel

__all__ = ["CollectPanel"]
