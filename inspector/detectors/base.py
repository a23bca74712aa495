"""What a detector is: the contract, and all of it that is the same for every family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from inspector.core.errors import BundleError, InspectorError, NotFitted, OptionError
from inspector.core.events import Listener, ignore
from inspector.core.image import check_image
from inspector.core.inspection import Measured
from inspector.detectors import bundle as bundles
from inspector.detectors import fitting, options, relearning
from inspector.detectors.fitted import Golden
from inspector.detectors.images import stack_masks
from inspector.detectors.runtime import GRAPH_BATCH
from inspector.imaging.placement import Placed, as_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from inspector.core.image import Image
    from inspector.detectors.bundle import Bundle
    from inspector.detectors.fitted import Fitted, Judgement, Networks, Threshold, Trained
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.detectors.runtime import Arrays
    from inspector.detectors.threshold import Rule
    from inspector.imaging.placement import Batch

PARITY = 1e-5
"""How far, relatively, a golden image's score may lie from what it was when the bundle was written."""

_PIXELS_AT_ONCE = GRAPH_BATCH * 256 * 256


class Detector(ABC):
    """Trained on normal images; gives a score and a map.

    Making one stores its options and builds nothing. `fit` trains it, `measure` judges, `save` and `load` keep it.

        detector = ConvAutoencoder(size=64).fit(normal_images)
        [measured] = detector.measure([image])
        print(measured.score > detector.threshold.value)
    """

    METHOD: ClassVar[str]
    """The registry's name for it."""
    TITLE: ClassVar[str]
    """What people read."""
    SUMMARY: ClassVar[str]
    """One sentence: what it is for."""
    UNIT: ClassVar[str]
    """What its score counts."""
    HAS_MAP: ClassVar[bool] = True
    """Whether it says where."""
    DETAILS: ClassVar[tuple[str, ...]] = ()
    """The arrays `measure` can give beside score and map."""
    LEARNS: ClassVar[bool] = False
    """Whether it can take in single good images without training anew: see `learned`."""
    TOLERANCE: ClassVar[float] = PARITY
    """How far, relatively, a bundle's own images may score elsewhere from what they scored where it was made."""
    Options: ClassVar[type[options.Options]] = options.Options

    def __init__(self, **values: Any) -> None:
        """Store options, given by name; what they are, their ranges and their meaning stands in `Options`.

        Raises:
            OptionError: a name is not known or a value not allowed.
        """
        self.options = self.Options.of(values)
        self._fitted: Fitted | None = None
        self.identity = ""
        """Of the bundle it was loaded from or saved to last; empty before."""
        self.pulse: Callable[[], None] = _go_on
        """Called in the midst of judging that takes long; what it raises, such as `Cancelled`, ends it."""

    def config(self) -> dict[str, Any]:
        """The options as plain values: `type(self)(**self.config())` is the same detector, not fitted."""
        return self.options.model_dump(mode="json")

    def __repr__(self) -> str:
        """Method, options that differ from the defaults, and whether it is fitted."""
        told = self.options.model_dump(mode="json", exclude_defaults=True)
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in told.items())}, fitted={self.is_fitted})"

    @property
    def unit(self) -> str:
        """What its score counts, with these options."""
        return self.UNIT

    @property
    def is_fitted(self) -> bool:
        """Whether it can judge."""
        return self._fitted is not None

    @property
    def fitted(self) -> Fitted:
        """All that training gave.

        Raises:
            NotFitted: there was none.
        """
        if self._fitted is None:
            msg = f"This {self.METHOD} detector was not trained yet. Train it with fit(), or load a saved one."
            raise NotFitted(msg)
        return self._fitted

    @property
    def threshold(self) -> Threshold:
        """The threshold in force.

        Raises:
            NotFitted: there is none yet.
        """
        return self.fitted.threshold

    def fit(
        self,
        normal: Sequence[Image],
        *,
        abnormal: Sequence[tuple[Image, str]] = (),
        reference: Sequence[tuple[Image, str]] = (),
        listener: Listener = ignore,
    ) -> Self:
        """Train on normal images. All or nothing: when it raises, the detector is as it was before.

        Args:
            normal: images of good parts, any sizes; a lazy sequence (`len`, `[i]`) is read bit by bit. One that
                raises `FrameError` is left out and told to the listener.
            abnormal: `(image, kind)` of bad parts; what a method does with them stands in its README.
            reference: `(image, class)` of other things, for methods that learn by comparing.
            listener: hears `Stage`, `Progress`, `Epoch`, `Samples`, `Warned`; may raise `Cancelled`.

        Raises:
            DataError: too few images for training, or for the threshold rule.
            ValueError: something given as an image is none.
        """
        fitted = fitting.fit(self, normal, abnormal, reference, listener)
        scores = [one.score for one in self._measure(fitted.networks, self._place(fitted, list(fitted.golden.images)))]
        self._fitted = replace(fitted, golden=Golden(fitted.golden.images, np.array(scores, np.float64)))
        self.identity = ""
        return self

    def measure(self, images: Sequence[Image], details: Sequence[str] = ()) -> list[Measured]:
        """Score images, each by itself: neighbours in the batch and their order change nothing.

        Args:
            images: RGB `uint8 (H, W, 3)`, any sizes.
            details: names among `DETAILS` of arrays wanted from the same pass.

        Raises:
            NotFitted: the detector was not trained.
            ValueError: something is not an image, or a detail is not known.
        """
        return self.measure_placed(self.place(images), details)

    def place(self, images: Sequence[Image]) -> list[Placed]:
        """The part of `measure` that needs no network and can be done by other threads beforehand."""
        return self._place(self.fitted, images)

    def measure_placed(self, placed: Sequence[Placed], details: Sequence[str] = ()) -> list[Measured]:
        """The rest of `measure`, for what `place` gave."""
        unknown = set(details) - set(self.DETAILS)
        if unknown:
            msg = f"Expected details among {list(self.DETAILS)}. Received: {sorted(unknown)}"
            raise ValueError(msg)
        return self._measure(self.fitted.networks, placed, details)

    def set_threshold(self, rule: Rule) -> Threshold:
        """Set the threshold anew from the calibration scores kept inside, without retraining.

        Raises:
            DataError: there are too few images for the rule; the old threshold stays.
        """
        threshold = fitting.set_threshold(rule, self.fitted.calibration)
        self._fitted = replace(self.fitted, threshold=threshold)
        return threshold

    def use_threshold(self, threshold: Threshold) -> None:
        """Put this threshold in force, such as one set by hand. `bundle.write_threshold` keeps it."""
        self._fitted = replace(self.fitted, threshold=threshold)

    def learned(self, images: Sequence[tuple[str, Image]]) -> Self:
        """A detector that took in images of good parts as well, within seconds; this one stays as it is.

        The threshold stays too. Its calibration scores are of images that neither learned from, and what is learned can
        hardly make good parts score higher, so the false alarms it promises are not exceeded. The images given do not
        join them: they were picked for what they scored, and one of them far out would raise mean + 3 sigma above every
        defect. `recalibrated` measures anew, on images that nobody picked.

        Args:
            images: each with its name.

        Raises:
            OptionError: the method cannot.
            DataError: it has taken in as much as it can hold.
        """
        if not self.LEARNS:
            msg = f"A {self.METHOD} detector cannot take in single images. Add them to the normal ones and train anew."
            raise OptionError(msg)
        fitted = self.fitted
        arrays = self._absorb(fitted, self.place([image for _, image in images]))
        record = relearning.with_lesson(fitted.record, images)
        return self._with(replace(fitted, networks=replace(fitted.networks, arrays=arrays), record=record))

    def recalibrated(self, normal: Sequence[Image], listener: Listener = ignore) -> Self:
        """This detector with its threshold set anew, by its rule, on normal images that it did not learn from.

        Scores of abnormal images, where the bundle has some, stay as they were. This one stays as it is.

        Raises:
            DataError: too few images for the rule.
        """
        return self._with(relearning.recalibrate(self, self.fitted, normal, listener))

    def _with(self, fitted: Fitted) -> Self:
        """Another detector like this one, of what is given; its golden images are scored anew."""
        other = type(self)(**self.config())
        scores = [one.score for one in other._measure(fitted.networks, self._place(fitted, list(fitted.golden.images)))]  # noqa: SLF001 - of this very class
        other._fitted = replace(fitted, golden=Golden(fitted.golden.images, np.array(scores, np.float64)))  # noqa: SLF001
        return other

    def save(self, path: Path | str, *, undoable: bool = False) -> None:
        """Write a bundle; on request so that `bundle.undo` brings back the one that stands there.

        Raises:
            NotFitted: there is nothing to save yet.
            OutputError: it cannot be written there; what stood there is untouched.
        """
        self.identity = bundles.write(Path(path), self.METHOD, self.config(), self.fitted, undoable=undoable)

    @classmethod
    def load(cls, path: Path | str, *, threads: int = 0) -> Self:
        """Load a bundle of this method (`registry.load` takes any) and score its golden images again.

        Args:
            path: the bundle's folder.
            threads: how many each run of its networks may take; 0 lets ONNX Runtime decide.

        Raises:
            BundleError: it is torn, foreign, oversized, newer, of another method, or scores differently here.
        """
        return cls.of_bundle(bundles.read(Path(path), threads=threads))

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Self:
        """Make a detector of what was read; see `load`."""
        if bundle.method != cls.METHOD:
            msg = f"{bundle.path} is a {bundle.method} detector, not {cls.METHOD}. detectors.load() takes any."
            raise BundleError(msg)
        try:
            detector = cls(**bundle.options)
            golden = bundle.fitted.golden
            placed = cls._place(bundle.fitted, list(golden.images))
            scores = np.array([one.score for one in detector._measure(bundle.fitted.networks, placed)])
        except BundleError:
            raise
        except Exception as error:
            # Hashes hold but the parts do not fit each other: whatever breaks here, it is the bundle's fault.
            msg = f"The bundle {bundle.path} cannot be judged with: {error}. Train the detector anew."
            raise BundleError(msg) from error
        if len(scores) != len(golden.scores) or not np.allclose(scores, golden.scores, rtol=cls.TOLERANCE, atol=1e-12):
            msg = (
                f"The bundle {bundle.path} scores its own test images differently here ({scores.tolist()} instead of "
                f"{golden.scores.tolist()}), so its threshold does not hold. Train the detector anew on this machine."
            )
            raise BundleError(msg)
        detector._fitted = bundle.fitted
        detector.identity = bundle.identity
        return detector

    @staticmethod
    def _place(fitted: Fitted, images: Sequence[Image]) -> list[Placed]:
        return [fitted.placement.place(check_image(image)) for image in images]

    def _measure(self, networks: Networks, placed: Sequence[Placed], details: Sequence[str] = ()) -> list[Measured]:
        """Score placed images with `networks`: the one way from pixels to score and map, in training and after."""
        answers: list[Measured] = []
        if not placed:
            return answers
        high, wide = placed[0].pixels.shape[:2]
        step = max(1, min(GRAPH_BATCH, _PIXELS_AT_ONCE // (high * wide)))
        for start in range(0, len(placed), step):
            part = placed[start : start + step]
            judgement = self._judge(networks, as_batch(part), stack_masks(part), details)
            for index, score in enumerate(judgement.scores.tolist()):
                # Written so that NaN fails too: a score that is no number must never become an OK.
                if not 0 <= score < float("inf"):
                    msg = f"The {self.METHOD} detector gave the score {score} for an image. Train it anew."
                    raise InspectorError(msg)
                answers.append(
                    Measured(
                        score,
                        None if judgement.maps is None else judgement.maps[index],
                        {name: judgement.details[name][index] for name in details},
                        {name: float(values[index]) for name, values in judgement.terms.items()},
                    )
                )
        return answers

    def _absorb(self, fitted: Fitted, placed: Sequence[Placed]) -> Arrays:
        """The arrays of `fitted` after taking in `placed` images of good parts; of methods that learn."""
        raise NotImplementedError

    @abstractmethod
    def _train(self, data: TrainingData, listener: Listener) -> Trained:
        """Train networks on `data` and export them. Called several times when images are few (cross-fitting)."""

    @abstractmethod
    def _judge(self, networks: Networks, batch: Batch, masks: Masks | None, details: Sequence[str]) -> Judgement:
        """Turn a batch `(N, h, w, channels)` into scores and maps.

        Args:
            networks: what `_train` gave, or a bundle held.
            batch: network input in 0..1.
            masks: bool `(N, h, w)`, the pixels that count; None when all do.
            details: names of arrays wanted besides.
        """


def _go_on() -> None:
    """The pulse of a detector that nobody waits for."""
