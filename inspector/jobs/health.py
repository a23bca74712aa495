"""Look through images for what spoils training: the dataset doctor.

Every limit below is set so that sets without such faults stay without findings: 120 drawn parts, and the clean ones
among hundreds of photographs of cookies, hands and magnetic tiles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import FrameError
from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.imaging.quality import (
    Quality,
    agreement,
    distance,
    hashes,
    near_hashes,
    neighbours,
    own_looks,
    quality,
    robust_z,
)
from inspector.jobs.labels import Group, Where, where_of_item
from inspector.sources.dataset import read_dataset
from inspector.sources.decode import read_image

if TYPE_CHECKING:
    from inspector.detectors import Detector
    from inspector.imaging.placement import Placed
    from inspector.jobs.collection import Entry

BLURRED_Z, BLURRED_SHARE = -5.0, 0.4
"""Blurred is what has less than 0.4 of the median sharpness, and lies 5 deviations below it on a logarithmic scale.

A Gaussian of one pixel takes a drawn part to 0.2; photographs of one kind of thing reach -4.5 by their content alone.
"""

CLIPPED_SHARE, CLIPPED_WHOLLY = 0.1, 0.9
"""Clipped is what has a tenth of its pixels more at black or white than the median, or nine tenths altogether.

The median counts because a black or white background is clipped in every picture and no fault of one.
"""

BRIGHTNESS_Z, BRIGHTNESS_STEP = 6.0, 40.0
"""Too dark or too bright is also what lies 6 deviations and 40 grey levels off the median brightness."""

USUAL_SIZE_SHARE = 0.5
"""Sizes are odd only where at least half of the images share one: photographs from many cameras have no usual size."""

SAME_LOOKS, SAME_LOOKS_DISTANCE = 0.85, 6.0
"""Near duplicates correlate so much in what each has for itself, and differ by at most so many grey levels.

JPEG at quality 80, half the size, noise of 3 grey levels or 2 % more light give 0.85 to 0.95; different drawn parts at
most 0.3, different photographs at most 0.8.
"""

SAME_SCENE_DISTANCE, SAME_SCENE_NOISE = 1.0, 3.0
"""Near duplicates also differ by at most so many grey levels as thumbnails, and so many at full resolution.

Two pictures of a part that nobody moved differ by the camera's noise alone, of 2 grey levels here. Fine textures are
alike as thumbnails too, but not at full resolution. Different drawn parts lie at 1.7 and 4.2 at least.
"""

_HASH_BITS = 12
_BLURRED_LEAST = 0.15
_BRIGHTNESS_LEAST = 5.0
_READERS = 2
_BLOCK = 8
_MISLABELLED = 1.5
_NAMED = 3
_HIGHEST = 12


class Severity(IntEnum):
    """How much a finding matters."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Kind(StrEnum):
    """What was found."""

    UNREADABLE = "unreadable"
    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near duplicate"
    SUSPECT = "suspect"
    BLURRED = "blurred"
    OVEREXPOSED = "over-exposed"
    UNDEREXPOSED = "under-exposed"
    ODD_SIZE = "odd size"
    HIGHEST = "highest"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should look at.

    Attributes:
        kind: what.
        paths: the image, or the images that are alike.
        explanation: one or two sentences, with the figures.
        severity: how much it matters.
    """

    kind: Kind
    paths: tuple[Path, ...]
    explanation: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class _Seen:
    path: Path
    where: Where | None
    quality: Quality
    score: float | None = None


def examine(
    images: Path | Sequence[Entry], listener: Listener = ignore, *, detector: Detector | None = None
) -> list[Finding]:
    """Look through images. What matters most comes first.

    Args:
        images: a folder, or the entries of a collection.
        listener: hears the progress.
        detector: trained on the normal ones among them; then those that it finds anomalous are findings too: they may
            be bad parts among the good. The dozen that score highest are listed in any case.

    Raises:
        SourceError: the folder is missing or holds no images.
    """
    findings: list[Finding] = []
    seen: list[_Seen] = []
    wanted = _wanted(images)
    listener(Stage("Looking through the images", len(wanted)))
    for done, answer in enumerate(_look(wanted, detector), 1):
        if isinstance(answer, Finding):
            findings.append(answer)
        else:
            seen.append(answer)
        if done % _BLOCK == 0 or done == len(wanted):
            listener(Progress(done, len(wanted)))
    if seen:
        listener(Stage("Comparing the images"))
        findings += [*_alike(seen), *_suspect(seen, detector), *_blurred(seen), *_exposed(seen), *_odd_sizes(seen)]
    order = list(Kind)
    return sorted(findings, key=lambda finding: (-finding.severity, order.index(finding.kind)))


def _wanted(images: Path | Sequence[Entry]) -> list[tuple[Path, Where | None]]:
    if isinstance(images, Path):
        return [(item.path, where_of_item(item)) for item in read_dataset(images).items]
    return [(entry.path, entry.where) for entry in images]


def _look(wanted: Sequence[tuple[Path, Where | None]], detector: Detector | None) -> Iterator[_Seen | Finding]:
    """Measure each image once, a few at a time: pictures may be large."""

    def look(path: Path) -> tuple[Quality, Placed | None] | FrameError:
        try:
            image = read_image(path)
        except FrameError as error:
            return error
        return quality(image), None if detector is None else detector.place([image])[0]

    with ThreadPoolExecutor(_READERS, thread_name_prefix="examine") as pool:
        for start in range(0, len(wanted), _BLOCK):
            block = wanted[start : start + _BLOCK]
            for (path, where), answer in zip(block, pool.map(look, [path for path, _ in block]), strict=True):
                if isinstance(answer, FrameError):
                    yield Finding(Kind.UNREADABLE, (path,), str(answer), Severity.ERROR)
                    continue
                figures, placed = answer
                score = None
                if detector is not None and placed is not None and (where is None or where.group is Group.NORMAL):
                    score = detector.measure_placed([placed])[0].score
                yield _Seen(path, where, figures, score)


def _alike(seen: Sequence[_Seen]) -> Iterator[Finding]:
    """Groups of pictures that are the same, or nearly."""
    exact: dict[bytes, list[int]] = defaultdict(list)
    for index, one in enumerate(seen):
        exact[one.quality.digest].append(index)
    for group in exact.values():
        if len(group) > 1:
            yield _alike_finding([seen[index] for index in group], exact=True)
    firsts = [group[0] for group in exact.values()]
    pairs = near_pairs([seen[index].quality for index in firsts])
    # A part before and after it was scratched looks nearly the same, and is labelled differently for good reason.
    pairs = [pair for pair in pairs if seen[firsts[pair[0]]].where == seen[firsts[pair[1]]].where]
    for near in _groups(len(firsts), pairs):
        yield _alike_finding([seen[firsts[index]] for index in near], exact=False)


def near_pairs(pictures: Sequence[Quality]) -> list[tuple[int, int]]:
    """Pairs of pictures, by index, that show the same thing in the same moment or nearly so."""
    thumbnails = np.stack([one.thumbnail for one in pictures])
    looks, common = own_looks(thumbnails)
    pairs = np.unique(np.concatenate([near_hashes(hashes(looks), _HASH_BITS), neighbours(looks)]), axis=0)
    apart = distance(thumbnails, pairs)
    sizes = np.array([one.size for one in pictures])
    same_size = (sizes[pairs[:, 0]] == sizes[pairs[:, 1]]).all(axis=1)
    noise = distance(np.stack([one.patches for one in pictures]), pairs)
    near = (apart <= SAME_SCENE_DISTANCE) & same_size & (noise <= SAME_SCENE_NOISE)
    if common:
        near |= (agreement(looks, pairs) >= SAME_LOOKS) & (apart <= SAME_LOOKS_DISTANCE)
    return [(int(left), int(right)) for left, right in pairs[near]]


def _groups(count: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Join pairs that share a member."""
    first = list(range(count))

    def root(index: int) -> int:
        while first[index] != index:
            first[index] = first[first[index]]
            index = first[index]
        return index

    for left, right in pairs:
        one, other = sorted((root(left), root(right)))
        first[other] = one
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(count):
        groups[root(index)].append(index)
    return [group for group in groups.values() if len(group) > 1]


def _alike_finding(group: Sequence[_Seen], *, exact: bool) -> Finding:
    paths = tuple(one.path for one in group)
    labels = sorted({one.where.text for one in group if one.where is not None})
    if len(labels) > 1:
        text = f"{len(group)} images are the same, pixel by pixel, but are labelled {' and '.join(labels)}."
        return Finding(Kind.CONTRADICTION, paths, text, Severity.ERROR)
    what = f"{len(group)} images are {'the same, pixel by pixel' if exact else 'nearly the same'}"
    if exact:
        text = f"{what}. Keep one: the others would count twice, and test what was trained on."
        return Finding(Kind.DUPLICATE, paths, text, Severity.WARNING)
    text = f"{what}. Keep one or two: the others teach nothing new, and make the threshold look safer than it is."
    return Finding(Kind.NEAR_DUPLICATE, paths, text, Severity.NOTE)


def _suspect(seen: Sequence[_Seen], detector: Detector | None) -> Iterator[Finding]:
    """Normal images above the threshold, and those that come next: the worst first."""
    if detector is None:
        return
    threshold = detector.threshold.value
    scored = sorted(((one.score, one.path) for one in seen if one.score is not None), reverse=True)
    for rank, (score, path) in enumerate(scored, 1):
        level = score / threshold
        if level > 1:
            text = f"The detector scores this normal image at {level:.2f} times its threshold. Is it a bad part?"
            yield Finding(Kind.SUSPECT, (path,), text, Severity.WARNING if level > _MISLABELLED else Severity.NOTE)
        elif rank <= _HIGHEST:
            text = f"Number {rank} of {len(scored)} normal images by score, at {level:.2f} times the threshold: passed."
            yield Finding(Kind.HIGHEST, (path,), text, Severity.NOTE)


def _blurred(seen: Sequence[_Seen]) -> Iterator[Finding]:
    sharpness = np.array([one.quality.sharpness for one in seen])
    usual = float(np.median(sharpness))
    z = robust_z(np.log(np.maximum(sharpness, 1e-3)), least=_BLURRED_LEAST)
    for index in np.flatnonzero((z < BLURRED_Z) & (sharpness < BLURRED_SHARE * usual)).tolist():
        share = sharpness[index] / usual
        text = f"Blurred: its sharpness (variance of the Laplacian) is {share:.0%} of what is usual here."
        yield Finding(Kind.BLURRED, (seen[index].path,), text, Severity.WARNING)


def _exposed(seen: Sequence[_Seen]) -> Iterator[Finding]:
    brightness = np.array([one.quality.brightness for one in seen])
    z = robust_z(brightness, least=_BRIGHTNESS_LEAST)
    off = brightness - np.median(brightness)
    white = np.array([one.quality.white for one in seen])
    black = np.array([one.quality.black for one in seen])
    for kind, clipped, sign, name in (
        (Kind.OVEREXPOSED, white, 1, "white"),
        (Kind.UNDEREXPOSED, black, -1, "black"),
    ):
        more = clipped - np.median(clipped)
        shifted = (sign * z > BRIGHTNESS_Z) & (sign * off > BRIGHTNESS_STEP)
        for index in np.flatnonzero((more > CLIPPED_SHARE) | (clipped > CLIPPED_WHOLLY) | shifted).tolist():
            if shifted[index]:
                text = f"Its mean grey level is {brightness[index]:.0f}; usual here is {np.median(brightness):.0f}."
            else:
                text = f"{clipped[index]:.0%} of its pixels are plain {name}; usual here is {np.median(clipped):.0%}."
            yield Finding(kind, (seen[index].path,), text, Severity.WARNING)


def _odd_sizes(seen: Sequence[_Seen]) -> Iterator[Finding]:
    (usual, count), *others = Counter(one.quality.size for one in seen).most_common()
    if count < USUAL_SIZE_SHARE * len(seen):
        return
    for size, _ in others:
        paths = tuple(one.path for one in seen if one.quality.size == size)
        same_shape = abs(size[0] * usual[1] - size[1] * usual[0]) <= max(usual)
        what = "in the same shape" if same_shape else "in another shape, so that parts appear stretched or cut"
        text = f"{size[1]} x {size[0]} pixels instead of the usual {usual[1]} x {usual[0]}, {what}."
        yield Finding(Kind.ODD_SIZE, paths, text, Severity.NOTE if same_shape else Severity.WARNING)
