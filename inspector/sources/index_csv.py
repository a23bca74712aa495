"""Reading the `index.csv` of a data set."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inspector.core.errors import SourceError
from inspector.core.image import Label

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INDEX_NAME = "index.csv"
_TELLING = frozenset({"label", "kind", "mask", "split"})


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One line of an index; paths are relative to its folder."""

    path: str
    label: Label | None
    mask: str | None
    split: str | None


def read_index(path: Path) -> list[IndexRow] | None:
    """Read an index; None when the file is some other table (no `path` column, or nothing else known).

    Raises:
        SourceError: it cannot be read, lists nothing, or a line makes no sense; the text names the line.
    """
    try:
        # Spreadsheets put a byte order mark before UTF-8.
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            columns = set(table.fieldnames or ())
            if "path" not in columns or not columns & _TELLING:
                return None
            labels: dict[tuple[bool, str], Label] = {}
            rows = [_row(line, f"{path}, line {table.line_num}", labels) for line in table]
    except (OSError, UnicodeError, csv.Error) as error:
        msg = f"{path} cannot be read as a table in UTF-8: {error}. Mend it, or remove it to go by folder names."
        raise SourceError(msg) from error
    if not rows:
        msg = f"{path} lists no images. Fill it, or remove it to go by folder names."
        raise SourceError(msg)
    return rows


def _row(line: Mapping[str, str | None], place: str, labels: dict[tuple[bool, str], Label]) -> IndexRow:
    """Read one line; `labels` has those made so far, which rows share."""
    name = (line.get("path") or "").replace("\\", "/")
    if not name or "\0" in name:
        msg = f"{place}: the path is missing. Name the image file, relative to the index."
        raise SourceError(msg)
    value, kind = (line.get("label") or "").strip(), (line.get("kind") or "").strip()
    if value not in ("", "0", "1"):
        msg = f"{place}: the label is {value!r}. It is 0 for normal, 1 for abnormal, or empty."
        raise SourceError(msg)
    label = None
    if value:
        key = (value == "1", kind or ("abnormal" if value == "1" else "good"))
        label = labels.setdefault(key, Label(abnormal=key[0], kind=key[1]))
    mask = (line.get("mask") or "").replace("\\", "/")
    return IndexRow(name, label, mask or None, line.get("split") or None)
