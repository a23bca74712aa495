"""When a part is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.errors import OptionError
from inspector.core.frame import Frame
from inspector.imaging.drawing import draw_part
from inspector.jobs.trigger import Every, OnCall, Settled, parse_trigger

if TYPE_CHECKING:
    from inspector.core.image import Image
    from inspector.jobs.trigger import Trigger

FPS = 30


def frame(image: Image, number: int) -> Frame:
    return Frame(image, f"#{number}", number, number / FPS, "camera 0")


def asked(trigger: Trigger, images: list[Image]) -> list[int]:
    return [number for number, image in enumerate(images) if trigger.wants(frame(image, number))]


def belt(parts: int, *, noise: float = 0.0) -> list[Image]:
    """Parts that slide in for half a second, lie for one, and slide out for half a second."""
    generator = np.random.default_rng(0)
    empty = np.full((96, 128, 3), 40, np.uint8)
    images = []
    for number in range(parts):
        part = np.asarray(draw_part((1, number))[0])[:96, :96]
        for offset in (*range(128, 16, -8), *[16] * FPS, *range(16, -96, -8)):
            image = empty.copy()
            left, right = max(0, offset), min(128, offset + 96)
            image[:, left:right] = part[:, left - offset : right - offset]
            image = image.repeat(4, 0).repeat(4, 1)
            noisy = image + generator.normal(0, noise, image.shape)
            images.append(np.clip(noisy, 0, 255).astype(np.uint8))
        images += [empty.repeat(4, 0).repeat(4, 1)] * 6
    return images


@pytest.mark.parametrize("noise", [0.0, 8.0])
def test_that_each_part_on_a_belt_is_judged_once_and_while_it_lies(noise: float) -> None:
    images = belt(4, noise=noise)
    judged = asked(Settled(), images)
    length = len(images) // 4
    assert [number // length for number in judged] == [0, 1, 2, 3]
    for number in judged:
        assert 14 + 9 <= number % length < 14 + FPS, "it was moving, or had not lain for long enough"


def test_that_a_part_that_lies_there_at_first_is_judged_once() -> None:
    still = [np.asarray(draw_part((1, 0))[0])] * 60
    assert len(asked(Settled(), still)) == 1


def test_that_a_picture_of_another_size_is_another_scene() -> None:
    small, large = np.zeros((48, 64, 3), np.uint8), np.zeros((90, 64, 3), np.uint8)
    assert len(asked(Settled(), [small] * 20 + [large] * 20)) == 2


def test_that_a_timer_goes_by_the_frames_times() -> None:
    blank = np.zeros((8, 8, 3), np.uint8)
    assert asked(Every(0.5), [blank] * 61) == [0, 15, 30, 45, 60]


def test_that_a_clock_that_was_put_back_does_not_stop_the_timer() -> None:
    blank = np.zeros((8, 8, 3), np.uint8)
    every = Every(1.0)
    assert every.wants(Frame(blank, "a", 0, 1e6, "camera"))
    assert every.wants(Frame(blank, "b", 1, 5.0, "camera"))
    assert not every.wants(Frame(blank, "c", 2, 5.5, "camera"))


def test_that_calls_between_two_frames_are_one() -> None:
    blank, call = np.zeros((8, 8, 3), np.uint8), OnCall()
    assert not call.wants(frame(blank, 0))
    call.fire()
    call.fire()
    assert call.wants(frame(blank, 1))
    assert not call.wants(frame(blank, 2))


def test_that_triggers_are_read_as_people_write_them() -> None:
    assert parse_trigger("always") is None
    assert isinstance(parse_trigger("motion"), Settled)
    assert isinstance(parse_trigger(" Key "), OnCall)
    every = parse_trigger("every:2.5")
    assert isinstance(every, Every)
    assert every.seconds == 2.5


@pytest.mark.parametrize("text", ["sometimes", "every:", "every:0", "every:-1", "every:1e9", "every:nan"])
def test_that_another_word_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="trigger"):
        parse_trigger(text)
