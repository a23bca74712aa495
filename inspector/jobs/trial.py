"""One method tried: trained on a split, saved, and measured as it will be used."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.core.events import Listener, ignore
from inspector.detectors import load, method
from inspector.jobs.evaluate import evaluate_items
from inspector.jobs.split import split_of
from inspector.jobs.train import labelled
from inspector.reports.methods import MethodRow
from inspector.sources.dataset import LazyImages


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try. Plain values only, so that it can cross to another process.

    Attributes:
        method: the registry's name.
        dataset: a workspace or a folder of images.
        out: where the bundle goes.
        options: of the method, by name.
        seed: by which the split is drawn.
    """

    method: str
    dataset: Path
    out: Path
    options: dict[str, Any] = field(default_factory=dict)
    seed: int = 0


def try_method(trial: Trial, listener: Listener = ignore) -> MethodRow:
    """Train on the split's normal images, save, load again and judge the split's test images.

    No abnormal image is trained with: all of them are there to measure on.

    Raises:
        OptionError: the method or an option is not known.
        SourceError: the folder is missing or holds no images.
        DataError: too few images.
        OutputError: the bundle cannot be written.
    """
    split = split_of(trial.dataset, trial.seed)
    detector = method(trial.method)(**trial.options)
    started = time.monotonic()
    detector.fit(
        LazyImages(split.train),
        reference=labelled(split.reference, detector.options.seed, most=None),
        listener=listener,
    )
    seconds = time.monotonic() - started
    detector.save(trial.out)
    found = evaluate_items(split.test, load(trial.out), listener)
    normal, abnormal = found.scores
    return MethodRow(
        method=detector.METHOD,
        title=detector.TITLE,
        has_map=detector.HAS_MAP,
        bundle=trial.out,
        threshold=found.threshold,
        normal=normal,
        abnormal=abnormal,
        pixel_auroc=found.pixel_auroc,
        aupro=found.aupro,
        ms_per_image=found.ms_per_image,
        training_seconds=round(seconds, 2),
        bytes=sum(file.stat().st_size for file in trial.out.iterdir() if file.is_file()),
    )
