"""`false-alarms`: whether a requested false-alarm rate is the one that fresh normal pictures show."""

from __future__ import annotations

import math
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.errors import DataError
from inspector.detectors import method
from inspector.detectors.threshold import images_needed, parse_rule
from inspector.sources.dataset import LazyImages, read_dataset
from tests.benchmarks.data import Arrays, Images, arrays, folder
from tests.benchmarks.harness import Bar, Benchmark, Request, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Image
    from tests.benchmarks.harness import Figures

_TRAINED = 398
_CALIBRATED = 199
"""Half of those are held out: with 199 scores both 1 % and 5 % of 200 are whole, so the rule can be exact."""

_FRESH = 1000
_SPLITS = 20
_RATES = (0.01, 0.05)
_CONFIDENCE = 0.95

ABOUT = f"""`padim` learns from {_TRAINED} normal pictures drawn at random (half of them held out to calibrate) with
`threshold=far:…` and judges up to {_FRESH} others that are normal too: MNIST's ones and Fashion-MNIST's sneakers
(training and test pictures together) at 32x32, magnetic-tile's good tiles at 64x64; {_SPLITS} splits. *rate* is the
share judged NG. Scores of all normal pictures being exchangeable, the false alarms of a split are beta-binomial, of
{_CALIBRATED} calibration and so many fresh pictures: wider than the binomial interval of the fresh ones alone,
since the threshold itself is drawn. *inside* is the share of splits that lie in that distribution's central 95 %; the
bars on *rate* are the central 95 % of the mean of {_SPLITS} such splits (with six of them, one is left by chance in
every fourth table or so). aws-cookie has 31 normal pictures: 1 % is refused, and *needed* is how many the message asks
for."""

_SMALL: dict[str, tuple[Arrays, int]] = {"MNIST 1": ("mnist", 1), "Fashion sneakers": ("fashion-mnist", 7)}
_TILES = "magnetic-tile"
_TILES_FRESH = 102
"""Of 500 good tiles."""

_COOKIES = "aws-cookie"
_COOKIES_NORMAL = 31


def fresh_of(case: str) -> int:
    """How many fresh pictures a split of a case judges."""
    return _TILES_FRESH if case == _TILES else _FRESH


@lru_cache
def false_alarms(rate: float, calibrated: int, fresh: int, splits: int = 1) -> npt.NDArray[np.float64]:
    """The chance of 0, 1, 2, … false alarms in all of `splits` together, each calibrated anew by `far:rate`.

    With the k-th smallest of n calibration scores as the threshold, and no ties, the number of m fresh scores above it
    is beta-binomial with parameters n + 1 - k and k: every order of the n + m scores is as likely as any other.
    """
    rank = math.ceil((calibrated + 1) * (1 - rate) - 1e-9)
    above, below = calibrated + 1 - rank, rank

    def log_beta(a: float, b: float) -> float:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)

    one = np.array(
        [
            math.exp(
                math.lgamma(fresh + 1)
                - math.lgamma(hits + 1)
                - math.lgamma(fresh - hits + 1)
                + log_beta(hits + above, fresh - hits + below)
                - log_beta(above, below)
            )
            for hits in range(fresh + 1)
        ]
    )
    answer = np.ones(1)
    for _ in range(splits):
        answer = np.convolve(answer, one)
    return answer


def central(chances: npt.NDArray[np.float64], confidence: float = _CONFIDENCE) -> tuple[int, int]:
    """The numbers between which a count lies with at least this confidence, and outside with equal chances."""
    below = np.cumsum(chances)
    outside = (1 - confidence) / 2
    return int(np.searchsorted(below, outside)), int(np.searchsorted(below, 1 - outside))


def _bars() -> tuple[Bar, ...]:
    bars = []
    for case in (*_SMALL, _TILES):
        for rate in _RATES:
            low, high = central(false_alarms(rate, _CALIBRATED, fresh_of(case), _SPLITS))
            total = _SPLITS * fresh_of(case)
            bars += [
                Bar("rate", "≥", round(low / total, 5), case=case, method=_name(rate)),
                Bar("rate", "≤", round(high / total, 5), case=case, method=_name(rate)),
            ]
    # Of 20 splits each inside with a chance of 95 %, 17 or more are in 98 of 100 runs.
    return (*bars, Bar("inside", "≥", 0.85), Bar("refused", "≥", 1.0), Bar("needed", "≥", float(images_needed(0.01))))


def _name(rate: float) -> str:
    return f"padim, {rate:.0%}"


def _units(request: Request) -> list[Unit]:
    units = [
        Unit(
            case,
            _name(rate),
            {"seed": seed, "trained": _TRAINED, "fresh": fresh_of(case)},
            partial(_run, case, rate, seed, request.data),
        )
        for case in (*_SMALL, _TILES)
        for rate in _RATES
        for seed in request.seeds
    ]
    return [*units, Unit(_COOKIES, _name(0.01), {"seed": 0}, partial(_refused, request.data))]


def _run(case: str, rate: float, seed: int, data: Path | None) -> Figures:
    images = _normals(case, data)
    # Not the detector's own stream: it draws what it holds out by `seed`, and the two draws would be entangled.
    order = np.random.default_rng((seed, len(images))).permutation(len(images))
    drawn = [images[int(index)] for index in order[:_TRAINED]]
    fresh = [int(index) for index in order[_TRAINED : _TRAINED + fresh_of(case)]]
    side = 64 if case == _TILES else 32
    detector = method("padim")(size=side, seed=seed, held_out=0.5, threshold=f"far:{rate}").fit(drawn)
    calibrated = len(detector.fitted.calibration.normal)
    if calibrated != _CALIBRATED:
        message = f"{calibrated} pictures calibrated, and the bars are for {_CALIBRATED}"
        raise RuntimeError(message)
    alarms = sum(
        measured.score > detector.threshold.value
        for start in range(0, len(fresh), 100)
        for measured in detector.measure([images[index] for index in fresh[start : start + 100]])
    )
    low, high = central(false_alarms(rate, _CALIBRATED, len(fresh)))
    return {"rate": alarms / len(fresh), "inside": float(low <= alarms <= high)}


@lru_cache(maxsize=1)
def _normals(case: str, data: Path | None) -> Sequence[Image]:
    """All normal pictures of a case."""
    if case == _TILES:
        items = [item for item in read_dataset(folder(case, data)).items if item.label and not item.label.abnormal]
        return LazyImages(items)
    name, kind = _SMALL[case]
    split = arrays(name, data)
    both = np.concatenate([split.train, split.test])
    classes = np.concatenate([split.train_classes, split.test_classes])
    return Images(both[classes == kind])


def _refused(data: Path | None) -> Figures:
    items = read_dataset(folder(_COOKIES, data)).only(split="train", abnormal=False)
    if len(items) != _COOKIES_NORMAL:
        message = f"{_COOKIES} has {len(items)} normal pictures, and this is about {_COOKIES_NORMAL}"
        raise RuntimeError(message)
    needed = images_needed(parse_rule("far:1%").value)
    try:
        method("padim")(size=64, threshold="far:1%").fit(LazyImages(items))
    except DataError as error:
        return {"refused": 1.0, "needed": float(needed) if f"at least {needed} normal images" in str(error) else 0.0}
    return {"refused": 0.0, "needed": 0.0}


BENCHMARK = Benchmark("false-alarms", ABOUT, _SPLITS, _units, _bars(), needs_data=True)
