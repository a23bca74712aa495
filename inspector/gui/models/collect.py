"""What the Collect panel shows: the images of a workspace under headings, and how a list of them changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from inspector.core.errors import InspectorError
from inspector.jobs.labels import Group, Where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inspector.jobs.collection import Entry
    from inspector.jobs.health import Finding

ALL = ""
"""The key of the heading over all images."""

DOCTOR = "doctor"
"""The key of the heading over all findings of the dataset doctor; `doctor/KIND` are those of one kind."""

_ALONE = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One image as the grid shows it.

    Attributes:
        entry: the file.
        remark: what the dataset doctor says of it; empty for most.
        kinds: of the findings that say so, such as `("blurred",)`.
    """

    entry: Entry
    remark: str = ""
    kinds: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.entry.path

    @property
    def key(self) -> str:
        """Another one for whatever would be painted otherwise. A text, since thousands are compared at once."""
        return f"{self.entry.path}\n{self.entry.modified}\n{self.entry.size}\n{self.remark}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the list beside the grid: what can be shown, and how many there are of it.

    Attributes:
        key: `""` for all, `"normal"`, `"abnormal"`, `"abnormal/scratch"`, `"doctor"`, `"doctor/blurred"`.
        count: of images.
        depth: 0, or 1 for a kind, a class or a kind of finding.
    """

    key: str
    count: int
    depth: int = 0

    @property
    def name(self) -> str:
        """The last part of the key, such as `"scratch"`."""
        return self.key.rpartition("/")[2]


def headings(entries: Sequence[Entry], findings: Sequence[Finding] | None = None) -> list[Heading]:
    """The lines of the list: all, the groups with their kinds, and what the doctor found, once it has looked.

    Args:
        entries: the workspace's images.
        findings: of the dataset doctor; None before it has looked.
    """
    groups = Counter(entry.where.group for entry in entries)
    kinds = Counter((entry.where.group, entry.where.kind) for entry in entries)
    lines = [Heading(ALL, len(entries))]
    for group in Group:
        if group is Group.REFERENCE and not groups[group]:
            continue
        lines.append(Heading(str(group), groups[group]))
        named = sorted((kind, count) for (of, kind), count in kinds.items() if of is group and kind)
        lines += [Heading(f"{group}/{kind}", count, 1) for kind, count in named]
    if findings is not None:
        found: dict[str, set[Path]] = {}
        for finding in findings:
            found.setdefault(str(finding.kind), set()).update(finding.paths)
        lines.append(Heading(DOCTOR, len(set().union(*found.values()))))
        lines += [Heading(f"{DOCTOR}/{kind}", len(paths), 1) for kind, paths in found.items()]
    return lines


def rows_under(key: str, entries: Sequence[Entry], findings: Sequence[Finding] = ()) -> list[Row]:
    """The images under a heading: in the order of their names, or of the findings."""
    if key == DOCTOR or key.startswith(f"{DOCTOR}/"):
        by_path = {entry.path: entry for entry in entries}
        said: dict[Path, list[Finding]] = {}
        for finding in findings:
            if key in {DOCTOR, f"{DOCTOR}/{finding.kind}"}:
                for path in finding.paths:
                    # A picture may be blurred and of an odd size: it stands where the graver finding put it.
                    said.setdefault(path, []).append(finding)
        return [
            Row(by_path[path], " ".join(one.explanation for one in ones), tuple(str(one.kind) for one in ones))
            for path, ones in said.items()
            if path in by_path
        ]
    group, _, kind = key.partition("/")
    return [
        Row(entry)
        for entry in entries
        if not key or (entry.where.group == group and (not kind or entry.where.kind == kind))
    ]


def still_true(findings: Sequence[Finding], entries: Sequence[Entry]) -> list[Finding]:
    """The findings about images that are still there, under the label they had.

    Of images that are alike, one that is left alone is no finding any more.
    """
    there = {entry.path for entry in entries}
    kept = []
    for finding in findings:
        paths = tuple(path for path in finding.paths if path in there)
        if paths and (len(paths) > _ALONE or len(finding.paths) == _ALONE or paths == finding.paths):
            kept.append(replace(finding, paths=paths))
    return kept


def kinds_of(group: Group, entries: Iterable[Entry]) -> list[str]:
    """The kinds or classes there are in a group."""
    return sorted({entry.where.kind for entry in entries if entry.where.group is group and entry.where.kind})


def detector_folders(folder: Path) -> list[Path]:
    """The bundles in a workspace's `detectors`, the newest first; none when it cannot be listed."""
    try:
        found = [one for one in folder.iterdir() if not one.name.startswith(".") and (one / "bundle.json").is_file()]
        return sorted(found, key=lambda one: (one / "bundle.json").stat().st_mtime, reverse=True)
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class Edit:
    """A step from one list to another: rows `first` to `last` (included) go, or come as they are in the new list."""

    what: Literal["remove", "insert"]
    first: int
    last: int


def edits(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Edit] | None:
    """The steps from `old` to `new`, to be taken one after the other; None when the order of what stays is another.

    So that a grid keeps its selection and its place while images come and go.
    """
    if old == new:
        return []
    staying, known = set(new), set(old)
    if [one for one in old if one in staying] != [one for one in new if one in known]:
        return None
    gone = [place for place, one in enumerate(old) if one not in staying]
    fresh = [place for place, one in enumerate(new) if one not in known]
    return [
        *(Edit("remove", first, last) for first, last in reversed(_runs(gone))),
        *(Edit("insert", first, last) for first, last in _runs(fresh)),
    ]


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Places that follow each other, as first and last."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a person dropped or chose to be added.

    Attributes:
        paths: as dropped.
        images: how many image files these are, with those in folders.
        labelled: how many of them by the label that the folders' names give them; empty where they say nothing.
    """

    paths: tuple[Path, ...]
    images: int
    labelled: dict[Where, int]


def look_at(paths: Sequence[Path]) -> Dropped:
    """Count what was dropped, without opening an image; a single folder may be a data set with labels of its own.

    Raises:
        SourceError: a folder cannot be listed.
    """
    from inspector.jobs.importing import find_dataset, find_files
    from inspector.jobs.labels import NORMAL

    def hush(_event: object) -> None:
        """What is left out is told when it is."""

    found = find_files(paths, NORMAL, hush)
    labelled: Counter[Where] = Counter()
    if len(paths) == 1 and paths[0].is_dir():
        try:
            labelled.update(where for _, where, _ in find_dataset(paths[0], hush).files)
        except InspectorError:
            labelled.clear()  # its folders say nothing
    return Dropped(tuple(paths), len(found.files), dict(labelled))


def extras(key: str, findings: Sequence[Finding]) -> list[Path]:
    """Of each group of images that are alike, all but the first; none under headings of other findings."""
    alike = {f"{DOCTOR}/{kind}" for kind in ("duplicate", "near duplicate")}
    if key not in alike:
        return []
    return [path for finding in findings if key == f"{DOCTOR}/{finding.kind}" for path in finding.paths[1:]]
