"""The smallest defect in, size and tiles out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QWidget

from inspector.detectors import METHODS
from inspector.gui.panels.train.sizing import SizingBox
from inspector.gui.widgets.optionsform import OptionsForm
from inspector.imaging.region import Region, rectangle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_that_a_defect_gives_size_and_tiles_and_a_press_puts_them_into_the_form(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    box, form = SizingBox(), OptionsForm()
    for one in (box, form):
        one.setParent(page)
    form.show_options(METHODS["padim"].Options, {"top": 3})
    box.taken.connect(form.enter)
    assert not box.use.isEnabled()
    box.show_picture((3000, 4000), Region())
    assert not box.use.isEnabled()
    box.pixels.setValue(24)
    assert "Pictures of 4000 x 3000" in box.told.text()
    assert "tiles" in box.told.text()
    box.use.click()
    assert form.changed_values() == {"tiles": 2.0, "top": 3}
    assert form.more.isChecked()  # where tiles are, which are seen now
    box.show_picture((3000, 4000), Region((rectangle(0, 0, 0.1, 0.1),)))
    assert "Pictures of 400 x 300" in box.told.text()
    box.use.click()
    assert form.changed_values() == {"size": [224, 224], "top": 3}


def test_that_what_is_wrong_in_the_form_is_not_in_the_way(qtbot: QtBot) -> None:
    form = OptionsForm()
    qtbot.addWidget(form)
    form.show_options(METHODS["padim"].Options)
    line = form.editors["size"]
    assert isinstance(line, QLineEdit)
    line.setText("huge")
    assert form.fault("size")
    form.enter({"tiles": 1.5})
    assert form.valid
    assert form.changed_values() == {"tiles": 1.5}


def test_that_without_a_picture_nothing_is_asked(qtbot: QtBot) -> None:
    box = SizingBox()
    qtbot.addWidget(box)
    box.show_picture(None, Region())
    assert box.isHidden()
