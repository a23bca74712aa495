"""Measure a detector on labelled images: how well it tells bad from good, and where."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inspector.core.cv import cv2
from inspector.core.errors import DataError, FrameError
from inspector.core.events import Listener, Progress, Stage, Warned, ignore
from inspector.core.kinds import GroupFigures, KindFigures, Learned, group_figures, kind_figures
from inspector.core.ranking import count, roc
from inspector.detectors import load
from inspector.jobs.kinds import learned_by, samples_of
from inspector.sources.dataset import load_mask, read_dataset
from inspector.sources.item import Item, read_item

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.core.inspection import Measured
    from inspector.detectors import Detector

PIXEL_SIDE = 256
"""Pixel figures are computed with pictures scaled so that the longer side has at most so many pixels."""

AUPRO_LIMIT = 0.3
"""AUPRO integrates up to this false-positive rate of pixels, as Bergmann et al. 2021 do."""

_AUPRO_STEPS = 301


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one detector on one set of labelled images. None where the images do not allow a figure.

    Attributes:
        image_auroc: area under the ROC over image scores.
        average_precision: over image scores, abnormal being what is looked for.
        best_f1: the best F1 any threshold gives on these images: optimistic, since chosen on them.
        balanced_accuracy: mean of the two accuracies below, at the bundle's threshold.
        best_balanced_accuracy: the same at the best threshold for these images: optimistic likewise.
        normal_accuracy: share of normal images judged OK, at the bundle's threshold.
        abnormal_accuracy: share of abnormal images judged NG, at the bundle's threshold.
        pixel_auroc: over pixels of normal images and of abnormal images with masks.
        aupro: area under the per-region overlap up to 30 % false-positive pixels, scaled to 0..1.
        ms_per_image: median time of `measure` on one image, in milliseconds, without decoding.
        kinds: by label.
        known: of the abnormal kinds that the detector learned from; None for methods that learn from none.
        unseen: of all other abnormal kinds, where it learned from some: this is how it will do on new ones.
        threshold: the bundle's.
        normal: how many normal images.
        abnormal: how many abnormal images.
        masks: how many abnormal images have a mask.
        unreadable: how many files could not be read; they are in no figure.
        red_normal: mean share of a normal image's pixels above the map threshold, in 0..1.
        red_abnormal: the same of abnormal images.
        hits: share of images with masks in which a pixel above the map threshold lies in the mask.
        scores: of the normal and of the abnormal images, each in the order of the items.
    """

    image_auroc: float | None
    average_precision: float | None
    best_f1: float | None
    balanced_accuracy: float | None
    best_balanced_accuracy: float | None
    normal_accuracy: float | None
    abnormal_accuracy: float | None
    pixel_auroc: float | None
    aupro: float | None
    ms_per_image: float
    kinds: tuple[KindFigures, ...]
    known: GroupFigures | None
    unseen: GroupFigures | None
    threshold: float
    normal: int
    abnormal: int
    masks: int
    unreadable: int
    red_normal: float | None
    red_abnormal: float | None
    hits: float | None
    scores: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    def as_json(self) -> dict[str, Any]:
        """Plain values, without the scores."""
        return {name: value for name, value in asdict(self).items() if name != "scores"}


@dataclass
class _Gathered:
    """Scores and small maps, as they come."""

    scores: list[float] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    red: list[float] = field(default_factory=list)
    hits: list[bool] = field(default_factory=list)
    maps: list[npt.NDArray[np.float32]] = field(default_factory=list)
    masks: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    masked: int = 0
    unreadable: int = 0


def evaluate(dataset: Path, detector: Path | Detector, listener: Listener = ignore) -> Evaluation:
    """Judge the labelled images of `dataset` one by one and compare with their labels.

    Of a folder split into train and test, only the test images are judged.

    Raises:
        SourceError: the folder is missing or holds no images.
        DataError: none of its images has a label.
        BundleError: the detector cannot be loaded.
    """
    items = test_items(dataset)
    judge = load(detector) if isinstance(detector, Path) else detector
    return evaluate_items(items, judge, listener)


def evaluate_items(items: Sequence[Item], judge: Detector, listener: Listener = ignore) -> Evaluation:
    """Judge labelled images one by one and compare with their labels.

    Raises:
        DataError: none of them can be read.
    """
    gathered = _Gathered()
    listener(Stage("Evaluating", len(items)))
    for done, item in enumerate(items, 1):
        try:
            image = read_item(item)
        except FrameError as error:
            gathered.unreadable += 1
            listener(Warned(str(error)))
            continue
        started = time.perf_counter()
        [measured] = judge.measure([image])
        gathered.milliseconds.append((time.perf_counter() - started) * 1e3)
        gathered.items.append(item)
        gathered.scores.append(measured.score)
        _gather_map(judge, item, image, measured, gathered, listener)
        listener(Progress(done, len(items)))
    if not gathered.scores:
        folders = ", ".join(sorted({str(item.folder) for item in items}))
        msg = f"None of the {len(items)} labelled images in {folders} could be read."
        raise DataError(msg)
    return _figures(judge.threshold.value, gathered, learned_by(judge))


def test_items(dataset: Path) -> list[Item]:
    """The labelled images to measure on: of a split data set, those that are not for training.

    Raises:
        SourceError: the folder is missing or holds no images.
        DataError: none has a label.
    """
    items = [item for item in read_dataset(dataset).items if item.label is not None]
    items = [item for item in items if item.split == "test"] or [item for item in items if item.split != "train"]
    if not items:
        msg = (
            f"No labelled test images in {dataset}. Put them into sub-folders, such as test/good and test/scratch, or "
            "good and scratch."
        )
        raise DataError(msg)
    return items


def _gather_map(
    detector: Detector, item: Item, image: Image, measured: Measured, gathered: _Gathered, listener: Listener
) -> None:
    limit = detector.threshold.map_value
    if measured.map is None or limit is None:
        return
    high, wide = image.shape[:2]
    scale = min(1.0, PIXEL_SIDE / max(high, wide))
    size = (max(round(wide * scale), 1), max(round(high * scale), 1))
    # Pixel figures only need the map at their own resolution; letterbox and region depend on the aspect alone.
    small = detector.fitted.placement.onto_picture(
        measured.map, size[1], size[0], tiled=measured.tiled, pose=measured.pose
    )
    gathered.red.append(float((small > limit).mean()))
    abnormal = item.label is not None and item.label.abnormal
    if abnormal and item.mask is None:
        return
    try:
        mask = load_mask(item, (high, wide))
    except FrameError as error:
        listener(Warned(str(error)))
        return
    shrunk = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    if scale < 1 and mask.any() and not shrunk.any():
        shrunk = cv2.dilate(cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST), np.ones((2, 2)))
    seen = shrunk > 0
    if abnormal:
        gathered.masked += 1
        gathered.hits.append(bool((small[seen] > limit).any()))
    gathered.maps.append(small)
    gathered.masks.append(seen)


def _figures(threshold: float, gathered: _Gathered, learned: Learned) -> Evaluation:
    abnormal = np.array([item.label is not None and item.label.abnormal for item in gathered.items], np.bool_)
    scores = np.array(gathered.scores)
    good, bad = scores[~abnormal], scores[abnormal]
    counts = count(good, bad, threshold)
    precision = best_f1 = best_balanced = None
    curve = roc(good, bad)
    if curve is not None:
        from sklearn.metrics import average_precision_score

        precision = float(average_precision_score(abnormal, scores))
        found, alarms = curve.hit_rate * bad.size, curve.false_alarm_rate * good.size
        best_f1 = float((2 * found / (found + alarms + bad.size)).max())
        best_balanced = float(((curve.hit_rate + 1 - curve.false_alarm_rate) / 2).max())
    samples = samples_of([item.label for item in gathered.items], scores, threshold)
    red = np.array(gathered.red)
    pixel, pro = pixel_figures(gathered.maps, gathered.masks) if gathered.masked else (None, None)
    return Evaluation(
        image_auroc=None if curve is None else curve.auroc,
        average_precision=precision,
        best_f1=best_f1,
        balanced_accuracy=counts.balanced_accuracy,
        best_balanced_accuracy=best_balanced,
        normal_accuracy=None if counts.false_alarm_rate is None else 1 - counts.false_alarm_rate,
        abnormal_accuracy=None if counts.miss_rate is None else 1 - counts.miss_rate,
        pixel_auroc=pixel,
        aupro=pro,
        ms_per_image=statistics.median(gathered.milliseconds),
        kinds=kind_figures(samples, learned),
        known=group_figures(samples, learned, known=True),
        unseen=group_figures(samples, learned, known=False),
        threshold=threshold,
        normal=int(good.size),
        abnormal=int(bad.size),
        masks=gathered.masked,
        unreadable=gathered.unreadable,
        red_normal=float(red[~abnormal].mean()) if red.size and good.size else None,
        red_abnormal=float(red[abnormal].mean()) if red.size and bad.size else None,
        hits=float(np.mean(gathered.hits)) if gathered.hits else None,
        scores=(tuple(good.tolist()), tuple(bad.tolist())),
    )


def pixel_figures(
    maps: list[npt.NDArray[np.float32]], masks: list[npt.NDArray[np.bool_]]
) -> tuple[float | None, float | None]:
    """Pixel AUROC and AUPRO of maps `(h, w)` against masks `(h, w)` of the same sizes.

    AUPRO (Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021): the mean share of each connected
    defect region above a threshold, integrated over the share of defect-free pixels above it from 0 to 30 %, and
    divided by 30 %.

    Returns:
        Both in 0..1; None where there are no defect pixels or none without defect.
    """
    from sklearn.metrics import roc_auc_score

    values = np.concatenate([one.ravel() for one in maps])
    truth = np.concatenate([one.ravel() for one in masks])
    if truth.all() or not truth.any():
        return None, None
    pixel = float(roc_auc_score(truth, values))
    clean = np.sort(values[~truth])[::-1]
    rates = np.linspace(0, AUPRO_LIMIT, _AUPRO_STEPS)
    # The k-th largest clean value as a threshold lets k clean pixels above or at it.
    thresholds = clean[np.minimum((rates * clean.size).astype(int), clean.size - 1)]
    overlap = np.zeros(_AUPRO_STEPS)
    regions = 0
    for one, mask in zip(maps, masks, strict=True):
        number, labelled = cv2.connectedComponents(mask.astype(np.uint8))
        for region in range(1, number):
            inside = np.sort(one[labelled == region])
            overlap += 1 - np.searchsorted(inside, thresholds, side="right") / inside.size
            regions += 1
    return pixel, float(np.trapezoid(overlap / regions, rates) / AUPRO_LIMIT)
