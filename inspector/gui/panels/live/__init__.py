"""Watch a feed: every frame with its verdict, its map and its score, and the threshold within reach."""

from inspector.gui.panels.live.panel import LivePanel

__all__ = ["LivePanel"]
