from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QTransform

from inspector.gui.theme import Theme
from inspector.gui.widgets.picture import PictureView, fitted, for_screen
from inspector.imaging.drawing import draw_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from inspector.core.image import Image

# What the platform "offscreen" says of every window.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def view(qapp: QApplication, qtbot: QtBot) -> Iterator[PictureView]:
    theme = Theme(qapp, "light")
    made = PictureView(theme)
    qtbot.addWidget(made)
    made.resize(517, 311)
    made.show()
    yield made
    theme.setParent(None)
    theme.deleteLater()


def part(wide: int, high: int) -> Image:
    drawn, _ = draw_part((3, 1))
    return np.ascontiguousarray(np.resize(drawn, (high, wide, 3)))


def put(view: PictureView, image: Image) -> None:
    view.show_ready(for_screen(image, view.room), QSize(image.shape[1], image.shape[0]))


@pytest.mark.parametrize(("wide", "high"), [(640, 480), (1919, 1079), (31, 400), (64, 64)])
def test_that_a_picture_made_for_its_room_is_copied_to_the_screen_and_not_scaled(
    view: PictureView, wide: int, high: int
) -> None:
    put(view, part(wide, high))
    way = view._item.deviceTransform(view.viewportTransform())
    assert way.type().value <= QTransform.TransformationType.TxTranslate.value
    assert (view.sceneRect().width(), view.sceneRect().height()) == (wide, high)


def test_that_one_looked_at_closely_has_no_room_keeps_its_place_and_gets_all_its_pixels(view: PictureView) -> None:
    image = part(1280, 960)
    put(view, image)
    view.zoom(3)
    before = view.transform()
    assert view.room is None
    put(view, image)
    assert view._item.pixmap().size() == QSize(1280, 960)
    assert view.transform() == before
    view.fit()
    assert view.room is not None


def test_that_colours_are_the_same_on_either_way_to_the_screen(view: PictureView) -> None:
    image = part(64, 48)
    view.show_image(image)
    one = view._item.pixmap().toImage()
    view.show_ready(for_screen(image, None), QSize(64, 48))
    other = view._item.pixmap().toImage()
    assert [one.pixelColor(x, x) for x in range(48)] == [other.pixelColor(x, x) for x in range(48)]


def test_that_a_picture_thinner_than_a_pixel_is_still_one_pixel_wide() -> None:
    assert fitted(QSize(1, 4000), QSize(300, 200)) == QSize(1, 200)
