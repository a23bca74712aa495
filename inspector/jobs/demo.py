"""The main job on sample images, start to end: drawn machined parts, and scikit-learn's handwritten digits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.events import Listener, Progress, Stage, ignore
from inspector.core.files import check_replaceable, whole_folder
from inspector.imaging.drawing import sample_set
from inspector.jobs.batch import REPORT, Batch, BatchOutcome, batch
from inspector.jobs.sample import TRAINING_OPTIONS
from inspector.jobs.train import Training, train
from inspector.sources.save import write_image

if TYPE_CHECKING:
    from collections.abc import Iterator

    from inspector.core.image import Image

PART, DIGIT = "machined part", "handwritten digit"

_MARKER = "sample.txt"
_NORMAL_DIGIT = 0
_OTHER_DIGITS = (3, 5, 6, 8, 9)
_TRAIN_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What one sample came to.

    Attributes:
        name: of the sample.
        images: the folder of its pictures, in the MVTec layout.
        detector: the bundle.
        report: `report.html`.
        batch: the counts.
    """

    name: str
    images: Path
    detector: Path
    report: Path
    batch: BatchOutcome


def demo(folder: Path, listener: Listener = ignore, *, quick: bool = False) -> list[DemoOutcome]:
    """Write sample images below `folder`, train a detector on each sample's good ones, inspect its test images.

    Raises:
        OutputError: `folder` cannot be written to.
    """
    return [
        _run(PART, folder / "parts", _parts(quick=quick), "conv-autoencoder", _part_options(quick=quick), listener),
        _run(DIGIT, folder / "digits", _digits(), "dense-autoencoder", _digit_options(quick=quick), listener),
    ]


def write_sample(folder: Path, pictures: Iterator[tuple[str, Image]], listener: Listener = ignore) -> None:
    """Write pictures, each with its path below `folder`; the folder appears whole or not at all."""
    listener(Stage("Drawing sample images"))
    with whole_folder(folder, _MARKER) as partial:
        for done, (name, image) in enumerate(pictures, 1):
            write_image(partial / name, image)
            listener(Progress(done))
        text = "Sample images written by inspector demo; it may write them again.\n"
        (partial / _MARKER).write_text(text, encoding="utf-8")


def _run(
    name: str,
    folder: Path,
    pictures: Iterator[tuple[str, Image]],
    method: str,
    options: dict[str, object],
    listener: Listener,
) -> DemoOutcome:
    images, detector, report = folder / "images", folder / "detector", folder / "report"
    check_replaceable(images, _MARKER)
    write_sample(images, pictures, listener)
    train(Training(method, images / "train", detector, dict(options)), listener)
    outcome = batch(Batch(images / "test", detector, report), listener)
    return DemoOutcome(name, images, detector, report / REPORT, outcome)


def _parts(*, quick: bool) -> Iterator[tuple[str, Image]]:
    train_count, good, bad = (50, 4, 2) if quick else (120, 24, 10)
    for sample in sample_set(train_count, good, bad):
        yield sample.path, sample.image
        if sample.mask is not None:
            kind, _, stem = sample.path.removeprefix("test/").removesuffix(".png").partition("/")
            picture = np.repeat(sample.mask[:, :, np.newaxis], 3, axis=2).astype(np.uint8) * np.uint8(255)
            yield f"ground_truth/{kind}/{stem}_mask.png", picture


def _part_options(*, quick: bool) -> dict[str, object]:
    return {"size": 64, "epochs": 2, "steps": 2} if quick else dict(TRAINING_OPTIONS)


def _digit_options(*, quick: bool) -> dict[str, object]:
    return {"size": 8, "epochs": 20 if quick else 300, "batch": 32}


def _digits() -> Iterator[tuple[str, Image]]:
    """8x8 handwritten digits (Alpaydin & Kaynak 1998) that scikit-learn carries: zero is normal, others are not."""
    from sklearn.datasets import load_digits

    found = load_digits()
    levels = np.rint(found.images * (255 / 16)).astype(np.uint8)
    numbers: dict[int, int] = {}
    total = int((found.target == _NORMAL_DIGIT).sum())
    for picture, digit in zip(levels, found.target.tolist(), strict=True):
        index = numbers[digit] = numbers.get(digit, -1) + 1
        image = np.repeat(picture[:, :, np.newaxis], 3, axis=2)
        if digit == _NORMAL_DIGIT:
            place = "train" if index < total * _TRAIN_SHARE else "test"
            yield f"{place}/good/{index:03}.png", image
        elif digit in _OTHER_DIGITS and index < 10:  # noqa: PLR2004
            yield f"test/digit {digit}/{index:03}.png", image
