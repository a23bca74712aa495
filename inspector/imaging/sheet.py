"""A contact sheet: many small pictures side by side with what a detector made of each, and its score below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.core.image import check_image

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.core.image import Image

CELL = 144
"""Pixels of the square that a picture is fitted into."""

_PAPER, _INK, _SOFT, _RULE = (255, 255, 255), (27, 31, 36), (87, 96, 106), (213, 218, 224)
_OK, _NG = (0, 103, 166), (184, 74, 0)
"""As in the report: told apart with any kind of colour vision."""
_EMPTY = (240, 242, 244)
_MARGIN, _GAP, _LINE, _BAND = 24, 8, 18, 54
_TITLE_SIZE, _BAND_SIZE, _TEXT_SIZE = 22, 16, 13
_PLAIN, _BOLD = 400, 650


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in one column of a sheet.

    Attributes:
        pictures: RGB images of any size, by the name of the row they stand in; a row without one stays empty.
        verdict: the first line below, in colour.
        bad: whether that line has the colour of what is abnormal.
        lines: what else stands below; of a line too long its end is shown, as file names differ there.
    """

    pictures: Mapping[str, Image]
    verdict: str = ""
    bad: bool = False
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """Columns that belong together under a heading, such as all normal images."""

    title: str
    columns: Sequence[Column] = field(default_factory=tuple)


def shrunk_size(shape: tuple[int, ...], longest: int | None) -> tuple[int, int]:
    """The size `(height, width)` that an image of this shape has once its longer side has at most `longest` pixels.

    None, and what is smaller already, changes nothing.
    """
    height, width = shape[:2]
    scale = 1.0 if longest is None else min(1.0, longest / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrunk(image: Image, longest: int | None) -> Image:
    """An image `(H, W, 3)` scaled down to `shrunk_size`; the same one where nothing changes."""
    height, width = shrunk_size(image.shape, longest)
    if (height, width) == image.shape[:2]:
        return image
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def contact_sheet(
    title: str, bands: Sequence[Band], rows: Sequence[str], *, note: str = "", cell: int = CELL, across: int = 8
) -> Image:
    """Draw a contact sheet: band below band, in each the columns from left to right, in each column the rows.

    Args:
        title: the heading.
        bands: those without columns are left out.
        rows: the names of the rows, in order; each is written beside its row.
        note: a line below the heading.
        cell: pixels of the square each picture is fitted into; smaller ones are enlarged with sharp pixels.
        across: how many columns stand side by side; more begin a further line of columns.

    Returns:
        RGB `uint8 (H, W, 3)`, as high as it takes.

    Raises:
        ValueError: there is no column, no row, a picture is no image, or `cell` or `across` is below 1.
    """
    bands = [band for band in bands if band.columns]
    if not bands or not rows or cell < 1 or across < 1:
        msg = (
            "Expected a sheet with at least one column and row, a cell and a number of columns of at least 1. "
            f"Received: {len(bands)} bands, {len(rows)} rows, cell {cell}, across {across}"
        )
        raise ValueError(msg)
    pen = _Pen()
    gutter = 12 + max(pen.width(name) for name in rows)
    lines = 1 + max(len(column.lines) for band in bands for column in band.columns)
    block = len(rows) * (cell + _GAP) + lines * _LINE + 2 * _GAP
    widest = min(across, max(len(band.columns) for band in bands))
    inner = max(
        gutter + widest * (cell + _GAP) - _GAP,
        pen.width(title, _TITLE_SIZE),
        pen.width(note),
        *(pen.width(band.title, _BAND_SIZE) for band in bands),
    )
    head = _MARGIN + _TITLE_SIZE + _GAP + (_LINE if note else 0)
    blocks = sum(-(-len(band.columns) // across) for band in bands)
    height, width = head + len(bands) * _BAND + blocks * block + _MARGIN, inner + 2 * _MARGIN
    paper = np.full((height, width, 3), _PAPER, np.uint8)
    pen.write(paper, title, (_MARGIN, _MARGIN + _TITLE_SIZE - 4), size=_TITLE_SIZE, weight=_BOLD)
    pen.write(paper, note, (_MARGIN, _MARGIN + _TITLE_SIZE + _LINE), colour=_SOFT)
    top = head
    for band in bands:
        paper[top + 12, _MARGIN:-_MARGIN] = _RULE
        pen.write(paper, band.title, (_MARGIN, top + 38), size=_BAND_SIZE, weight=_BOLD)
        top += _BAND
        for start in range(0, len(band.columns), across):
            part = band.columns[start : start + across]
            _draw_block(paper, pen, (top, _MARGIN + gutter), part, rows, cell)
            top += block
    return paper


def _draw_block(
    paper: Image, pen: _Pen, corner: tuple[int, int], columns: Sequence[Column], rows: Sequence[str], cell: int
) -> None:
    """Draw columns side by side; `corner` is where the first picture's top and left are."""
    top, left = corner
    for number, name in enumerate(rows):
        pen.write(paper, name, (_MARGIN, top + number * (cell + _GAP) + cell // 2 + 4), colour=_SOFT)
    for place, column in enumerate(columns):
        x = left + place * (cell + _GAP)
        for number, name in enumerate(rows):
            y = top + number * (cell + _GAP)
            picture = column.pictures.get(name)
            if picture is None:
                paper[y : y + cell, x : x + cell] = _EMPTY
                continue
            fitted = _fitted(check_image(picture), cell)
            high, wide = fitted.shape[:2]
            y, x_in = y + (cell - high) // 2, x + (cell - wide) // 2
            paper[y : y + high, x_in : x_in + wide] = fitted
        y = top + len(rows) * (cell + _GAP) + _TEXT_SIZE
        verdict_colour = _NG if column.bad else _OK
        pen.write(paper, pen.end_of(column.verdict, cell), (x, y), colour=verdict_colour, weight=_BOLD)
        for number, line in enumerate(column.lines, 1):
            pen.write(paper, pen.end_of(line, cell), (x, y + number * _LINE), colour=_INK if number == 1 else _SOFT)


def _fitted(image: Image, cell: int) -> Image:
    """The image with its longer side as long as the cell: scaled down smoothly, or up with its pixels as squares."""
    height, width = image.shape[:2]
    scale = cell / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)


class _Pen:
    """Writes text with OpenCV's own font, which holds the signs of most languages."""

    def __init__(self) -> None:
        # Not shared: nothing says that two threads may write with one.
        self._face = cv2.FontFace("sans")

    def width(self, text: str, size: int = _TEXT_SIZE, *, weight: int = _BOLD) -> int:
        """Of a text in pixels; 0 for none."""
        if not text:
            return 0
        left, _, wide, _ = cv2.getTextSize((0, 0), _printable(text), (0, 0), self._face, size, weight)
        return int(left + wide) + 1

    def write(
        self,
        paper: Image,
        text: str,
        at: tuple[int, int],
        *,
        colour: tuple[int, int, int] = _INK,
        size: int = _TEXT_SIZE,
        weight: int = _PLAIN,
    ) -> None:
        """Write a text whose base line begins `at` (x, y)."""
        if text:
            cv2.putText(paper, _printable(text), at, colour, self._face, size, weight)

    def end_of(self, text: str, width: int) -> str:
        """The text, or as much of its end as fits."""
        if self.width(text) <= width:
            return text
        low, high = 0, len(text)
        while low < high:  # how much has to go; a name may have 4,000 signs
            middle = (low + high) // 2
            low, high = (low, middle) if self.width(f"…{text[middle:]}") <= width else (middle + 1, high)
        return f"…{text[low:]}"


def _printable(text: str) -> str:
    """The text without signs that nobody sees, half characters and line ends."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)
