"""What to train: the method, its options, the detector's name."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from inspector.core.errors import OptionError
from inspector.detectors import METHODS
from inspector.gui.models.lessons import WEIGHTS, Lesson, learns_from_kinds, lessons, weights_text
from inspector.gui.models.train import GOOD_MANY, cards, default_name, name_fault
from inspector.gui.panels.train.lessons import LessonsBox
from inspector.gui.panels.train.sizing import SizingBox
from inspector.gui.widgets.methodcard import MethodCard
from inspector.gui.widgets.optionsform import OptionsForm
from inspector.imaging.region import Region
from inspector.jobs.filing import safe_name

if TYPE_CHECKING:
    from inspector.gui.context import Context
    from inspector.gui.models.train import Stock

_CARDS_WIDE = 380


class SetupPage(QWidget):
    """Cards on the left, the chosen method's options on the right, the name and the images below them."""

    wanted = Signal(str, dict, str)
    """Train this: method, options, name."""
    edited = Signal()
    """`ready` may have changed."""

    def __init__(self, context: Context) -> None:
        """Lay the page out with the method chosen last."""
        super().__init__()
        self._context = context
        self._stock: Stock | None = None
        self._region = Region()
        self._named_by_hand = False
        self.cards = {card.name: MethodCard(card) for card in cards()}
        self.form = OptionsForm()
        self.form.edited.connect(self._check)
        self.lessons = LessonsBox()
        self.lessons.changed.connect(self._use)
        self.lessons.setVisible(False)
        self.sizing = SizingBox()
        self.sizing.taken.connect(self.form.enter)
        self.name = QLineEdit()
        self.name.setMinimumWidth(280)
        self.name.setAccessibleName(self.tr("Name of the detector"))
        self.name.setToolTip(self.tr("What the detector will be called"))
        self.name.textEdited.connect(self._name_edited)
        self.name.textChanged.connect(self._check)
        self._name_fault = QLabel()
        self._name_fault.setObjectName("fault")
        self._pictures = QLabel()
        self._pictures.setObjectName("section")
        self._notes = QLabel()
        self._notes.setObjectName("hint")
        self._notes.setWordWrap(True)
        self._lay_out()
        last = context.recall("train/method")
        self.choose(last if last in self.cards else next(iter(self.cards)))
        self.show_speeds()

    @property
    def method(self) -> str:
        """The method chosen."""
        return next(name for name, card in self.cards.items() if card.selected)

    @property
    def ready(self) -> bool:
        """Whether training can start with what stands here."""
        enough = self._stock is not None and self._stock.pictures.enough
        return enough and self.form.valid and not self._fault_of_name()

    def choose(self, method: str) -> None:
        """Choose a method, with the options it had last."""
        if any(card.selected for card in self.cards.values()):
            if method == self.method:
                return
            self.remember()
        for name, card in self.cards.items():
            card.select(on=name == method)
        self.form.show_options(METHODS[method].Options, self.options_of(method))
        if not self._named_by_hand:
            self._suggest_name()

    def start(self) -> None:
        """Ask for what stands here, if it can be trained."""
        self._check()
        if self.ready:
            self.remember()
            self._named_by_hand = False
            self.wanted.emit(self.method, self.form.changed_values(), self.name.text().strip())

    def show_stock(self, stock: Stock) -> None:
        """Say what there is to train on."""
        self._stock = stock
        pictures = stock.pictures
        counts = [self.tr("{n} normal").format(n=pictures.normal), self.tr("{n} abnormal").format(n=pictures.bad)]
        if pictures.reference:
            counts.append(self.tr("{n} reference").format(n=sum(pictures.reference.values())))
        self._pictures.setText(self.tr("Images: {counts}").format(counts=", ".join(counts)))
        self.sizing.show_picture(stock.size, self._region)
        notes = []
        if pictures.normal < GOOD_MANY:
            text = self.tr(
                "With fewer than {many} normal images training is repeated on parts of them, so that each is judged by "
                "a network that has not seen it."
            )
            notes.append(text.format(many=GOOD_MANY))
        if not pictures.bad:
            notes.append(
                self.tr(
                    "Without abnormal images there are no misses to count and no ROC: the threshold comes from the "
                    "normal ones alone. A few bad parts would show whether they are found."
                )
            )
        self._notes.setText(" ".join(notes))
        self._notes.setVisible(bool(notes))
        if not self._named_by_hand:
            self._suggest_name()
        self._check()

    def show_region(self, region: Region) -> None:
        """Say which areas the training will look at."""
        self._region = region
        self.form.show_region(region)
        self.sizing.show_picture(None if self._stock is None else self._stock.size, region)

    def show_speeds(self) -> None:
        """Show on the cards how fast methods were on this computer, where that was measured."""
        for name, card in self.cards.items():
            card.show_speed(self._context.recall(f"speed/{name}"))

    def remember(self) -> None:
        """Keep method and options for the next time."""
        self._context.remember("train/method", self.method)
        try:
            values = self.form.changed_values()
        except OptionError:
            return
        self._context.remember(f"train/options/{self.method}", json.dumps(values))

    def options_of(self, method: str) -> dict[str, Any]:
        """The options this method had last, as far as they differ from its defaults."""
        try:
            values = json.loads(self._context.recall(f"train/options/{method}", "{}"))
            METHODS[method].Options.of(values)
        except (ValueError, TypeError):  # of an older program, or edited by hand
            return {}
        return dict(values)

    def _suggest_name(self) -> None:
        taken = set() if self._stock is None else self._stock.taken
        self.name.setText(default_name(self.method, dt.datetime.now().astimezone().date(), taken))

    def _name_edited(self, text: str) -> None:
        self._named_by_hand = bool(text.strip())

    def _fault_of_name(self) -> str:
        name = self.name.text()
        fault = name_fault(name, set() if self._stock is None else self._stock.taken)
        if fault == "unsafe":
            better = safe_name(name, "detector")
            return self.tr("Not every system allows this as a folder's name. Take “{better}”.").format(better=better)
        return {
            "": "",
            "empty": self.tr("Give the detector a name."),
            "taken": self.tr("There is a detector of this name. Take another one."),
        }[fault]

    def _check(self, *_: object) -> None:
        fault = self._fault_of_name()
        self._name_fault.setText(fault)
        self._name_fault.setVisible(bool(fault))
        self._show_lessons()
        self.edited.emit()

    def _show_lessons(self) -> None:
        """What the method chosen learns from, where it is more than normal images."""
        stock = self._stock
        shown = stock is not None and learns_from_kinds(self.method)
        self.lessons.setVisible(shown)
        if stock is None or not shown:
            return
        values = self.form.values
        try:
            rows = lessons(self.method, values, stock.pictures.abnormal)
        except OptionError:
            return  # told beside its field
        self.lessons.show_pictures(self.method, values, stock.pictures, rows)

    def _use(self, rows: list[Lesson]) -> None:
        """Kinds are to be learned from so: the option that says it is a field of the form."""
        field = self.form.editors[WEIGHTS]
        assert isinstance(field, QLineEdit)  # noqa: S101 - as the form makes of a text
        field.setText(weights_text(rows, field.text()))

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.setContentsMargins(0, 0, 4, 0)
        for name, card in self.cards.items():
            card.chosen.connect(self.choose)
            self.setTabOrder(card, self.form)
            column.addWidget(card)
            del name
        column.addStretch(1)
        methods = QWidget()
        methods.setLayout(column)
        left = _scrolled(methods)
        left.setFixedWidth(_CARDS_WIDE)
        inside = QWidget()
        options = QVBoxLayout(inside)
        options.setContentsMargins(16, 14, 16, 14)
        options.addWidget(self.lessons)
        options.addWidget(self.sizing)
        options.addWidget(self.form)
        options.addStretch(1)
        box = QFrame()
        box.setObjectName("box")
        around = QVBoxLayout(box)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(_scrolled(inside), 1)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(left)
        row.addWidget(box, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(12)
        page.addLayout(row, 1)
        page.addWidget(self._footer())

    def _footer(self) -> QFrame:
        title = QLabel(self.tr("Name"))
        title.setBuddy(self.name)
        named = QHBoxLayout()
        named.setSpacing(8)
        named.addWidget(title)
        named.addWidget(self.name)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addLayout(named)
        right.addWidget(self._name_fault)
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self._pictures)
        left.addWidget(self._notes)
        left.addStretch(1)
        box = QFrame()
        box.setObjectName("box")
        row = QHBoxLayout(box)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(24)
        row.addLayout(left, 1)
        row.addLayout(right)
        row.setAlignment(right, Qt.AlignmentFlag.AlignTop)
        return box


def _scrolled(widget: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(widget)
    return area
