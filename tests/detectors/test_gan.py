"""What the GANs promise beside what every detector does."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from inspector.core.errors import Cancelled, OptionError
from inspector.core.events import Epoch, Event, Judged, Progress, Samples, Stage, Warned
from inspector.detectors import METHODS
from inspector.detectors.fitted import Golden
from inspector.detectors.gan.training import Schedule, Step, Training
from inspector.imaging.augmentation import Augmentation
from inspector.jobs.live import live
from inspector.sources.video import VideoSource
from tests.contract.detectors import Heard, trained
from tests.detectors.pictures import bad, good, goods
from tests.sources.drawing import write_video

if TYPE_CHECKING:
    from pathlib import Path

    from inspector.detectors import Detector

pytestmark = [pytest.mark.training, pytest.mark.timeout(300)]

GANS = ("anogan", "f-anogan")


def searching(steps: int) -> Detector:
    """`anogan` with searches of so many steps; the training is shared."""
    one = trained("anogan")
    other = METHODS["anogan"](**(one.config() | {"search_steps": steps}))
    other._fitted = one.fitted
    images = one.fitted.golden.images
    scores = np.array([measured.score for measured in other.measure(list(images))])
    other._fitted = replace(one.fitted, golden=Golden(images, scores))
    return other


@pytest.mark.parametrize("name", GANS)
def test_that_the_score_is_the_weighted_sum_of_its_two_terms(name: str) -> None:
    detector = trained(name)
    weight = detector.config()["weight"]
    for one in detector.measure([good(1), bad(2)], ("residual", "discrimination", "reconstruction", "difference")):
        residual, discrimination = (float(one.details[term]) for term in ("residual", "discrimination"))
        assert one.score == pytest.approx((1 - weight) * residual + weight * discrimination, rel=1e-6)
        assert residual == pytest.approx(np.abs(one.details["difference"]).mean(), rel=1e-5)
        made = one.details["reconstruction"]
        assert made.min() >= 0
        assert made.max() <= 1


@pytest.mark.parametrize("size", [15, "16x17", 6])
@pytest.mark.parametrize("name", GANS)
def test_that_a_size_that_cannot_be_halved_is_refused(name: str, size: object) -> None:
    with pytest.raises(OptionError, match="even"):
        METHODS[name](size=size)


def test_that_a_longer_search_never_ends_worse() -> None:
    image = good(5)
    [short] = searching(5).measure([image], ("losses",))
    [long] = searching(40).measure([image], ("losses",))
    losses = np.asarray(long.details["losses"])
    assert losses.shape == (40,)
    assert (np.diff(losses) <= 0).all()
    assert np.array_equal(losses[:5], short.details["losses"])
    assert long.score <= short.score
    assert losses[-1] < losses[0]


def test_that_a_search_can_be_cancelled_in_its_middle_and_searches_the_same_afterwards() -> None:
    detector = searching(40)
    before = detector.measure([good(5)])[0].score
    steps = 0

    def pulse() -> None:
        nonlocal steps
        steps += 1
        if steps == 7:
            raise Cancelled

    usual, detector.pulse = detector.pulse, pulse
    with pytest.raises(Cancelled):
        detector.measure([good(5)])
    assert steps == 7
    detector.pulse = usual
    assert detector.measure([good(5)])[0].score == before


def test_that_a_feed_ends_in_the_middle_of_a_search_that_would_take_long(tmp_path: Path) -> None:
    detector = searching(2_000)
    path = write_video(tmp_path / "film.avi", [good(1, (64, 64))] * 3)

    def cancel(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled
        assert not isinstance(event, Judged)

    with pytest.raises(Cancelled):
        live(VideoSource(path), detector, cancel)
    assert detector.pulse() is None


class _Same:
    """A generator that makes the same picture whatever z is, or as different ones as there are images."""

    def __init__(self, images: Any) -> None:
        self.images = images

    def __call__(self, z: Any) -> Any:
        return np.resize(self.images, (len(z), *self.images.shape[1:]))


@pytest.mark.parametrize(("collapsed", "words"), [(True, "collapses"), (False, "")])
def test_that_a_generator_that_makes_one_picture_is_told_of_with_advice(*, collapsed: bool, words: str) -> None:
    images = np.random.default_rng(0).random((40, 8, 8, 1), np.float32)
    data: Any = SimpleNamespace(train=_Train(images), seed=0)
    heard = Heard()
    generate = _Same(images[:1] if collapsed else images)
    training = Training(data, 4, Schedule(6, 50, 8), Augmentation(), generate, heard)
    taken: list[tuple[int, ...]] = []

    def run(reals: Any, zs: Any) -> dict[str, float]:
        taken.append((*reals.shape, *zs.shape))
        return {"generator": 1.0, "discriminator": 2.0}

    step = Step(run, 2, 3)
    training.run(step, range(6), total_steps=300)
    assert set(taken) == {(2, 8, 8, 8, 1, 3, 8, 4)}
    warnings = [event.message for event in heard.of(Warned)]
    assert len(warnings) == collapsed
    assert all(words in one and "seed" in one for one in warnings)
    assert training.curves["generator"] == [1.0] * 6
    assert [event.number for event in heard.of(Epoch)] == list(range(1, 7))
    diversity = training.curves["diversity"][-1]
    assert diversity < 0.01 if collapsed else diversity > 0.8


class _Train:
    def __init__(self, images: Any) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def batch(self, positions: Any) -> Any:
        return self.images[positions]


@pytest.mark.parametrize("name", GANS)
def test_that_training_can_be_followed(name: str) -> None:
    heard = Heard()
    detector = METHODS[name](size=16, latent=4, filters=4, batch=16, epochs=3, steps=2)
    detector.fit(goods(52), listener=heard)
    curves = detector.fitted.record.curves
    wanted = {"generator", "discriminator", "diversity"} | ({"encoder"} if name == "f-anogan" else set())
    assert set(curves) == wanted
    assert all(len(values) == 3 and np.isfinite(values).all() for values in curves.values())
    assert heard.of(Samples)
    assert any(event.name == "Training" for event in heard.of(Stage))
