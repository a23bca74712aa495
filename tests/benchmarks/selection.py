"""`selection`: how the recommended patch detector is made, chosen on defects drawn into normal training pictures."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from inspector.core.cv import cv2
from inspector.core.events import ignore
from inspector.core.ranking import auroc
from inspector.detectors.backbones import BUILT_IN, backbone
from inspector.detectors.images import all_grey
from inspector.detectors.patch.detector import Counted, FeaturesOf
from inspector.detectors.patch.features import counted, extract
from inspector.detectors.patch.padim import PatchAndPool
from inspector.detectors.threshold import find_map_threshold
from inspector.imaging.placement import Placement
from inspector.jobs.train import normal_items
from inspector.sources.dataset import LazyImages
from tests.benchmarks.data import folder
from tests.benchmarks.defects import KINDS, draw
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit
from tests.benchmarks.surfaces import BACKBONES, SETS, keras_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.patch.features import Features
    from inspector.detectors.runtime import Graph
    from tests.benchmarks.harness import Figures

_SIDE = 256
_FITTED, _HELD = 160, 56
_SPLITS = 2
_DRAWN = 112
_EQUAL = 0.005

ABOUT = f"""How `patch-and-pool` was made what it is, on normal pictures of `train/good` alone: no test picture takes part.
Of each set up to {_FITTED} pictures are learned, {_HELD} others judged (of aws-cookie a quarter), beside {_DRAWN} copies of
them with one drawn defect each (`tests/benchmarks/defects.py`: {", ".join(KINDS)}; large and small); {_SPLITS} splits.
*image_auroc* is the mean over kinds; *mean_auroc* that over the sets and both backbones. *hit_share* takes the map
threshold from the judged normal pictures. The rule, written down before any was measured on `test`: among candidates
whose *mean_auroc* lies within {_EQUAL} of the best, which differences of this size do not tell apart, the one in which
the whole picture counts most, since most drawn defects are small and local; of these the best. It has *chosen* 1."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to make `patch-and-pool`.

    Attributes:
        name: what the table calls it.
        averaged: whether patches are averaged with their neighbours.
        changes: of the class's constants.
    """

    name: str
    averaged: bool = True
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """What the whole picture counts."""
        return float(self.changes.get("SHARE_OF_WHOLE", PatchAndPool.SHARE_OF_WHOLE))

    def make(self, seed: int) -> PatchAndPool:
        """One, not fitted."""
        made: type[PatchAndPool] = type("Made", (PatchAndPool,), self.changes)
        return made(seed=seed)


_DEFAULT = "as it is"
CANDIDATES = (
    Candidate("as before", averaged=False, changes={"USUAL": False, "DEEPEST": False, "SHARE_OF_WHOLE": 1.0}),
    Candidate(_DEFAULT),
    Candidate("not averaged", averaged=False),
    Candidate("nothing usual", changes={"USUAL": False}),
    Candidate("whole of all maps", changes={"DEEPEST": False}),
    Candidate("whole counts 0", changes={"SHARE_OF_WHOLE": 0.0}),
    Candidate("whole counts 0.3", changes={"SHARE_OF_WHOLE": 0.3}),
    Candidate("whole counts 1", changes={"SHARE_OF_WHOLE": 1.0}),
    Candidate("blocks of 2x2", changes={"BLOCK": 2}),
    Candidate("blocks of 8x8", changes={"BLOCK": 8}),
)

BARS = (Bar("chosen", "≥", 1.0, method=_DEFAULT),)


def _units(request: Request) -> list[Unit]:
    settings = {"fitted": _FITTED, "held": _HELD, "drawn": _DRAWN, "splits": _SPLITS}
    return [
        Unit("all sets", one.name, settings | {"seed": seed}, partial(_figures, one.name, seed, request.data))
        for one in CANDIDATES
        for seed in request.seeds
    ]


def _figures(name: str, seed: int, data: Path | None) -> Figures:
    found = _everything(seed, data)
    best = max(one["mean_auroc"] for one in found.values())
    equal = [one for one in CANDIDATES if found[one.name]["mean_auroc"] >= best - _EQUAL]
    chosen = max(equal, key=lambda one: (one.share, found[one.name]["mean_auroc"]))
    return found[name] | {"chosen": float(chosen.name == name)}


@lru_cache(maxsize=1)
def _everything(seed: int, data: Path | None) -> dict[str, dict[str, float]]:
    """Figures of each candidate by name: features are taken once for all of them."""
    lists: dict[str, dict[str, list[float]]] = {one.name: {} for one in CANDIDATES}
    with tempfile.TemporaryDirectory() as temporary:
        for which in BACKBONES:
            path = BUILT_IN if which == "built-in" else str(keras_weights(data, Path(temporary)))
            graph = backbone(path, (_SIDE, _SIDE))
            for name in SETS:
                for number in range(_SPLITS):
                    for averaged in (False, True):
                        split = _split(name, data, graph, 10 * seed + number, averaged=averaged)
                        for one in CANDIDATES:
                            if one.averaged == averaged:
                                for metric, value in _judged(one.make(seed), split).items():
                                    key = f"{metric}, {name}, {which}"
                                    lists[one.name].setdefault(key, []).append(value)
    answer: dict[str, dict[str, float]] = {}
    for candidate, figures in lists.items():
        means = {key: float(np.mean(values)) for key, values in figures.items()}
        answer[candidate] = {
            f"mean_{short}": float(np.mean([value for key, value in means.items() if key.startswith(metric)]))
            for short, metric in (("auroc", "image_auroc"), ("pixel_auroc", "pixel_auroc"), ("hit_share", "hit_share"))
        } | {key: value for key, value in means.items() if key.startswith("image_auroc")}
    return answer


class _Kept(FeaturesOf):
    """Features that were taken before."""

    def __init__(self, graph: Graph, features: Features, counts: Counted) -> None:
        self._graph = graph
        self._features = features
        self._counts = counts

    def __len__(self) -> int:
        return len(self._features)

    def blocks(self, stage: str, positions: npt.NDArray[np.intp] | None = None) -> Iterator[tuple[Features, Counted]]:
        del stage
        wanted = np.arange(len(self._features)) if positions is None else positions
        if len(wanted):
            yield self._features[wanted], self._counts[wanted]


@dataclass(frozen=True, slots=True)
class _Split:
    """Features of pictures to learn, of normal ones to judge, and of those with a defect; masks are on their grid."""

    fitted: _Kept
    good: tuple[Features, Counted]
    bad: tuple[Features, Counted]
    masks: npt.NDArray[np.float32]
    kinds: npt.NDArray[np.str_]


def _split(name: str, data: Path | None, graph: Graph, seed: int, *, averaged: bool) -> _Split:
    images = LazyImages(normal_items(folder(name, data)))
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(images))
    held = order[: min(_HELD, len(images) // 4)]
    placement = Placement(_SIDE, _SIDE, channels=1 if all_grey(images) else 3)

    def taken(positions: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
        placed = [placement.place(images[int(one)]) for one in positions]
        counts = [np.ones((_SIDE, _SIDE), np.bool_) if one.mask is None else one.mask for one in placed]
        return np.stack([one.pixels for one in placed]).astype(np.float32) / np.float32(255), np.stack(counts)

    def features(pictures: npt.NDArray[np.float32], counts: npt.NDArray[np.bool_]) -> tuple[Features, Counted]:
        found = extract(graph, pictures, averaged=averaged)
        return found, counted(counts, found.shape)

    goods, good_counts = taken(held)
    kinds = list(KINDS)
    drawn, masks, names, which = [], [], [], []
    for number in range(_DRAWN):
        # A picture gets another kind each time.
        at = number % len(held)
        kind = kinds[(number + number // len(held)) % len(kinds)]
        donors = [goods[int(one)] for one in rng.integers(len(goods), size=3)]
        picture, mask = draw(goods[at], good_counts[at], donors, kind, rng)
        drawn.append(picture)
        masks.append(mask.astype(np.float32))
        names.append(kind)
        which.append(at)
    learned, learned_counts = taken(np.sort(order[len(held) : len(held) + _FITTED]))
    bad = features(np.stack(drawn), good_counts[which])
    rows, columns = bad[0].shape[1:3]
    shares = np.stack([cv2.resize(one, (columns, rows), interpolation=cv2.INTER_AREA) for one in masks])
    return _Split(
        _Kept(graph, *features(learned, learned_counts)), features(goods, good_counts), bad, shares, np.array(names)
    )


def _judged(detector: PatchAndPool, split: _Split) -> dict[str, float]:
    """How well a candidate tells drawn defects, and says where they are."""
    data = cast("TrainingData", SimpleNamespace(seed=detector.options.seed, shape=(_SIDE, _SIDE, 3)))
    arrays = detector._learn(data, split.fitted, ignore)  # noqa: SLF001

    def scores(features: Features, counts: Counted) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.float32]]:
        maps = detector._maps(detector._distances(arrays, features), counts)  # noqa: SLF001
        return detector._score(arrays, features, maps, counts), maps  # noqa: SLF001

    good, good_maps = scores(*split.good)
    bad, bad_maps = scores(*split.bad)
    limit = find_map_threshold(good_maps.reshape(len(good_maps), -1).max(axis=1))
    inside = split.masks > 0.5  # noqa: PLR2004 - a patch of which most is changed
    outside = (split.masks == 0) & split.bad[1]
    return {
        "image_auroc": float(np.mean([auroc(good, bad[split.kinds == kind]) or 0.0 for kind in KINDS])),
        "pixel_auroc": auroc(np.concatenate([bad_maps[outside], good_maps[split.good[1]]]), bad_maps[inside]) or 0.0,
        "hit_share": float(((bad_maps > limit) & (split.masks > 0)).any(axis=(1, 2)).mean()),
    }


BENCHMARK = Benchmark("selection", ABOUT, 1, _units, BARS, needs_data=True)
