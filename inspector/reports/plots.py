"""The common parts of the report's charts: an SVG with a frame, axes, ticks and a legend.

Drawn here and not by a plotting library: three simple charts do not justify one in every installation, and ours take
their colours from the page, so one drawing serves light, dark and paper. Text is always escaped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from inspector.reports.scales import Scale, tick_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_CHARACTER = 6.6
"""About how wide a character of the charts' text is, in the drawing's units."""


@dataclass
class Plot:
    """A drawing being made. Lengths are in the drawing's units, which are pixels at full width.

    Attributes:
        key: unlike that of any other chart of the page; it makes ids.
        title: what the chart shows, for people who cannot see it.
        description: what is to be seen in it, likewise.
    """

    key: str
    title: str
    description: str
    x: Scale
    y: Scale
    width: float = 640
    height: float = 300
    left: float = 58
    right: float = 16
    top: float = 40
    bottom: float = 48
    parts: list[str] = field(default_factory=list)

    def at_x(self, value: float) -> float:
        """Where `value` lies from the left."""
        return self.left + self.x.share(value) * (self.width - self.left - self.right)

    def at_y(self, value: float) -> float:
        """Where `value` lies from the top."""
        return self.height - self.bottom - self.y.share(value) * (self.height - self.top - self.bottom)

    def axes(
        self,
        x_label: str,
        y_label: str,
        *,
        x_text: Callable[[float], str] = tick_text,
        y_text: Callable[[float], str] = tick_text,
        x_ticks: Sequence[float] | None = None,
        y_ticks: Sequence[float] | None = None,
    ) -> None:
        """Draw grid lines, ticks and both axes' labels; ticks that are not given are chosen."""
        floor, end = self.height - self.bottom, self.width - self.right
        for value in self.y.ticks(5) if y_ticks is None else y_ticks:
            y = self.at_y(value)
            self.line(self.left, y, end, y, "grid")
            self.text(self.left - 8, y + 4, y_text(value), anchor="end")
        for value in self.x.ticks() if x_ticks is None else x_ticks:
            x = self.at_x(value)
            self.line(x, floor, x, floor + 5, "axis")
            self.text(x, floor + 18, x_text(value), anchor="middle")
        self.line(self.left, floor, end, floor, "axis")
        self.text((self.left + end) / 2, self.height - 8, x_label, anchor="middle", style="label")
        # Along the top, not turned: turned text is hard to read.
        self.text(4, 14, y_label, style="label")

    def line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        """Draw one straight line."""
        self.parts.append(f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def text(self, x: float, y: float, text: str, *, anchor: str = "start", style: str = "tick") -> None:
        """Write `text` with its base line at `y`."""
        place = f'x="{x:.1f}" y="{y:.1f}"'
        self.parts.append(f'<text class="{style}" {place} text-anchor="{anchor}">{escape(text)}</text>')

    def path(self, points: Iterable[tuple[float, float]], style: str, *, closed: bool = False, fill: str = "") -> None:
        """Join points that are in the axes' units."""
        steps = " L".join(f"{self.at_x(x):.1f} {self.at_y(y):.1f}" for x, y in points)
        paint = f' style="fill:{fill}"' if fill else ""
        self.parts.append(f'<path class="{style}"{paint} d="M{steps}{" Z" if closed else ""}"/>')

    def dot(self, x: float, y: float, style: str, radius: float = 3) -> None:
        """Mark one point that is in the axes' units."""
        self.parts.append(f'<circle class="{style}" cx="{self.at_x(x):.1f}" cy="{self.at_y(y):.1f}" r="{radius}"/>')

    def legend(self, entries: Sequence[tuple[str, str, bool]], *, y: float = 14) -> None:
        """Write what the lines mean, at the top right.

        Args:
            entries: text, style, and whether the style is a filled area and not a line.
            y: base line of the text.
        """
        x = self.width - self.right
        for text, style, filled in reversed(entries):
            x -= _CHARACTER * len(text)
            self.text(x, y, text, style="legend")
            if filled:
                fill = self.hatch if style == "abnormal" else ""
                paint = f' style="fill:{fill}"' if fill else ""
                self.parts.append(
                    f'<rect class="area {style}"{paint} x="{x - 24:.1f}" y="{y - 10:.1f}" width="18" height="11"/>'
                )
            else:
                self.line(x - 24, y - 4, x - 6, y - 4, f"curve {style}")
            x -= 40

    @property
    def hatch(self) -> str:
        """The fill of what is abnormal: slanted lines, so that colour is never all that tells the groups apart."""
        return f"url(#{self.key}-hatch)"

    def svg(self) -> str:
        """The whole drawing, as it stands in a page."""
        key, title, described = self.key, escape(self.title), escape(self.description)
        return (
            f'<svg class="chart" role="img" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'style="max-width:{1.25 * self.width:g}px" aria-labelledby="{key}-title {key}-desc">'
            f'<title id="{key}-title">{title}</title><desc id="{key}-desc">{described}</desc>'
            f'<defs><pattern id="{key}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
            f'patternTransform="rotate(45)"><line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
            f"{''.join(self.parts)}</svg>"
        )
