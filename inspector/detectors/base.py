"""What a detector is: the contract, and all of it that is the same for every family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from inspector.core.errors import BundleError, NotFitted, OptionError
from inspector.core.events import Listener, ignore
from inspector.core.image import check_image
from inspector.detectors import bundle as bundles
from inspector.detectors import calibrating, evidence, fitting, options, providers, relearning
from inspector.detectors.finding import gather, strangest
from inspector.detectors.fitted import FULL, Golden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from inspector.core.image import Image, Map
    from inspector.core.inspection import Measured
    from inspector.detectors.bundle import Bundle
    from inspector.detectors.fitted import Evidence, Fitted, Judgement, Networks, Threshold, Trained
    from inspector.detectors.fitting import TrainingData
    from inspector.detectors.images import Masks
    from inspector.detectors.runtime import Arrays
    from inspector.detectors.threshold import Rule
    from inspector.imaging.placement import Batch, Placed

PARITY = 1e-5
"""How far, relatively, a golden image's score may lie from what it was when the bundle was written."""


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
    MAP_UNIT: ClassVar[str] = "highest value of the map"
    """What a score of the map counts."""
    HAS_MAP: ClassVar[bool] = True
    """Whether it says where."""
    DETAILS: ClassVar[tuple[str, ...]] = ()
    """The arrays `measure` can give beside score and map."""
    LEARNS: ClassVar[bool] = False
    """Whether it can take in single good images without training anew: see `learned`."""
    FOLDS: ClassVar[int] = 4
    """Into how many parts few images are cut for cross-fitting: more tell better how the last training will judge, and
    each costs a training."""
    STOPS_EARLY: ClassVar[bool] = True
    """Whether training watches some normal images that it does not learn from; without, it learns from all."""
    TOLERANCE: ClassVar[float] = PARITY
    """How far, relatively, a bundle's own images may score elsewhere from what they scored where it was made."""
    JUDGING: ClassVar[tuple[str, ...]] = ("score", "top", "level", "minimum_area")
    """The options that only judging looks at: `judged_by` changes them without training."""
    KEPT: ClassVar[tuple[str, ...]] = ()
    """The details that calibration keeps, because `_own` makes scores of them."""
    OWN_OF_MAP: ClassVar[bool] = False
    """Whether the method's own score is made of its map, so that areas which are too small do not count in it."""
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
        if self.options.score == "map":
            several = "" if self.options.top == 1 else f"mean of {self.options.top}: "
            return several + self.MAP_UNIT
        if self.options.score == "area":
            return f"share of the picture above {self.options.level:g} x the map threshold, in 0..1"
        return self._own_unit()

    def _own_unit(self) -> str:
        """What the method's own score counts."""
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
        self._fitted = replace(fitted, golden=Golden(fitted.golden.images, self._golden_scores(fitted)))
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
        fitted = self.fitted
        found = gather(self, fitted.networks, placed, details)
        return [evidence.measured(self, one, fitted.threshold.map_value) for one in found]

    def judged_by(self, rule: Rule | None = None, **values: Any) -> Self:
        """The same networks with other options of those that only judging looks at (`JUDGING`), not trained anew.

        Scores of the calibration images are made anew from what was kept of them, and the threshold from these scores.
        This detector stays as it is.

        Args:
            rule: how the threshold follows; by default as it does now, or as in the options where it was set by hand.
            values: options and their new values; the others stay.

        Raises:
            NotFitted: it was not trained.
            OptionError: an option is none of these, or its value not allowed.
            DataError: too little was kept of the calibration images, or too few are left for the rule.
        """
        fitted = self.fitted
        unknown = sorted(set(values) - set(self.JUDGING))
        if unknown:
            msg = (
                f"Expected an option that can change without training: {', '.join(self.JUDGING)}. "
                f"Received: {', '.join(unknown)}"
            )
            raise OptionError(msg)
        other = type(self)(**(self.config() | values))
        calibration = calibrating.calibrated_anew(other, fitted.calibration)
        threshold = calibrating.threshold_anew(rule, fitted.threshold, self.options, calibration)
        golden = Golden(fitted.golden.images, other._golden_scores(fitted))  # noqa: SLF001 - of the same class
        other._fitted = replace(fitted, calibration=calibration, threshold=threshold, golden=golden)  # noqa: SLF001
        return other

    def set_threshold(self, rule: Rule) -> Threshold:
        """Set the threshold anew from the calibration scores kept inside, without retraining.

        Raises:
            DataError: there are too few images for the rule; the old threshold stays.
        """
        threshold = calibrating.set_threshold(rule, self.fitted.calibration)
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
        placed = [strangest(self, fitted.networks, one) for one in self.place([image for _, image in images])]
        arrays = self._absorb(fitted, placed)
        record = relearning.with_lesson(fitted.record, images)
        return self.with_networks(replace(fitted.networks, arrays=arrays), replace(fitted, record=record))

    def recalibrated(self, normal: Sequence[Image], listener: Listener = ignore) -> Self:
        """This detector with its threshold set anew, by its rule, on normal images that it did not learn from.

        Scores of abnormal images, where the bundle has some, stay as they were. This one stays as it is.

        Raises:
            DataError: too few images for the rule.
        """
        return self._with(relearning.recalibrate(self, self.fitted, normal, listener))

    def with_networks(self, networks: Networks, fitted: Fitted | None = None) -> Self:
        """Another detector like this one that judges by `networks`, else of what is given or of what this one is."""
        return self._with(replace(fitted or self.fitted, networks=networks))

    def _with(self, fitted: Fitted) -> Self:
        """Another detector like this one, of what is given; its golden images are scored anew."""
        other = type(self)(**self.config())
        golden = Golden(fitted.golden.images, other._golden_scores(fitted))  # noqa: SLF001 - of the same class
        other._fitted = replace(fitted, golden=golden)  # noqa: SLF001
        return other

    def save(self, path: Path | str, *, undoable: bool = False) -> None:
        """Write a bundle; on request so that `bundle.undo` brings back the one that stands there.

        Raises:
            NotFitted: there is nothing to save yet.
            OutputError: it cannot be written there; what stood there is untouched.
        """
        self.identity = bundles.write(Path(path), self.METHOD, self.config(), self.fitted, undoable=undoable)

    @classmethod
    def load(cls, path: Path | str, *, threads: int = 0, provider: str = providers.CPU) -> Self:
        """Load a bundle of this method (`registry.load` takes any) and score its golden images again.

        Args:
            path: the bundle's folder.
            threads: how many each run of its networks may take; 0 lets ONNX Runtime decide.
            provider: what its networks run on.

        Raises:
            BundleError: it is torn, foreign, oversized, newer, of another method, or scores differently here.
            OptionError: the provider is not offered here.
        """
        return cls.of_bundle(bundles.read(Path(path), threads=threads, provider=provider))

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> Self:
        """Make a detector of what was read; see `load`."""
        if bundle.method != cls.METHOD:
            msg = f"{bundle.path} is a {bundle.method} detector, not {cls.METHOD}. detectors.load() takes any."
            raise BundleError(msg)
        try:
            detector = cls(**bundle.options)
            golden = bundle.fitted.golden
            scores = detector._golden_scores(bundle.fitted)
        except BundleError:
            raise
        except Exception as error:
            # Hashes hold but the parts do not fit each other: whatever breaks here, it is the bundle's fault.
            msg = f"The bundle {bundle.path} cannot be judged with: {error}. Train the detector anew."
            raise BundleError(msg) from error
        # Other providers, and graphs of fewer bits, round otherwise from machine to machine.
        exact = bundle.provider == providers.CPU and bundle.fitted.record.precision == FULL
        tolerance = cls.TOLERANCE if exact else max(cls.TOLERANCE, providers.PARITY)
        if len(scores) != len(golden.scores) or not np.allclose(scores, golden.scores, rtol=tolerance, atol=1e-12):
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

    def _golden_scores(self, fitted: Fitted) -> npt.NDArray[np.float64]:
        """What the images kept to be scored again score with these options, as far as no map threshold is needed."""
        placed = self._place(fitted, list(fitted.golden.images))
        found = gather(self, fitted.networks, placed)
        return np.array([evidence.plain_score(self, one) for one in found], np.float64)

    def _own(self, found: Evidence, anomaly_map: Map | None) -> float:
        """The method's own score of what was found, by the options in force.

        Args:
            found: as `_judge` gave it, or as calibration kept it: then the details of `KEPT` are among its parts.
            anomaly_map: its map, in which nothing is red that is too small to count.
        """
        del anomaly_map
        return found.own

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
