"""The left side of the Collect panel: a source seen live, and how its pictures are captured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
)

from inspector.gui.widgets.picture import PictureView
from inspector.gui.widgets.sourcepicker import SourcePicker
from inspector.jobs.labels import Group, Where

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inspector.gui.context import Context

_QUICKEST_S, _SLOWEST_S = 0.2, 3600.0
_SPIN_WIDE = 92


class CaptureView(QFrame):
    """Source, picture, and a button for each label. The label used last is the current one: Space captures to it."""

    start_asked = Signal()
    stop_asked = Signal()
    capture_asked = Signal(object)
    """A `Where`."""

    def __init__(self, context: Context) -> None:
        """Show the choices made last."""
        super().__init__()
        self.setObjectName("box")
        self._context = context
        self.source = SourcePicker(context.theme)
        self.toggle = QPushButton()
        self.picture = PictureView(context.theme)
        self.picture.setAcceptDrops(False)  # what is dropped on it is for the panel
        self.picture.viewport().setAcceptDrops(False)
        self.picture.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.caption = QLabel()
        self.caption.setObjectName("hint")
        self.buttons: dict[Group, QPushButton] = {}
        self.kinds: dict[Group, QComboBox] = {}
        self.current = Group.NORMAL
        self.timer = QTimer(self)
        self.timer.timeout.connect(lambda: self.capture(self.current))
        self.every = QCheckBox(self.tr("Every"))
        self.every.setToolTip(self.tr("Capture again and again to the current label (T)"))
        self.every.setAccessibleName(self.tr("Capture by timer"))
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(_QUICKEST_S, _SLOWEST_S)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(self.tr(" s"))
        self.seconds.setAccessibleName(self.tr("Seconds between captures"))
        self.seconds.setValue(_number(context.recall("collect/every"), 2.0))
        self.note = QLabel()
        self.note.setObjectName("hint")
        self.note.setWordWrap(True)
        self._running: bool | None = None
        self._captured = 0
        self._lay_out()
        self.every.toggled.connect(self._timed)
        self.seconds.valueChanged.connect(self._timed)
        self.toggle.clicked.connect(self._toggle)
        self.source.changed.connect(self._offer)
        kept = context.recall("collect/source")
        if kept:
            self.source.set_spec(kept)
        self.show_running(running=False)

    @property
    def running(self) -> bool:
        """Whether a source is seen live."""
        return bool(self._running)

    def where(self, group: Group) -> Where:
        """A group with the kind or class that is filled in for it."""
        return Where(group, self.kinds[group].currentText().strip() if group in self.kinds else "")

    def capture(self, group: Group | None = None) -> None:
        """Capture what is seen, to this group or to the current one."""
        if group is not None:
            self.make_current(group)
        if self._running:
            self.capture_asked.emit(self.where(self.current))

    def make_current(self, group: Group) -> None:
        """Have Space and the timer capture to this group."""
        self.current = group
        for one, button in self.buttons.items():
            button.setProperty("primary", one is group and bool(self._running))
            button.style().unpolish(button)
            button.style().polish(button)
        self._say()

    def captured(self, where: Where) -> None:
        """Say that a picture was captured."""
        self._captured += 1
        text = self.tr("{n} captured, the last as {label}").format(n=self._captured, label=_said(where))
        self.note.setText(text)

    def show_kinds(self, kinds: Mapping[Group, Sequence[str]]) -> None:
        """Offer these kinds and classes; what is filled in stays."""
        for group, box in self.kinds.items():
            if [box.itemText(place) for place in range(box.count())] != list(kinds[group]):
                kept = box.currentText()
                box.clear()
                box.addItems(list(kinds[group]))
                box.setCurrentText(kept)

    def show_running(self, *, running: bool) -> None:
        """Offer what can be done now."""
        if running and not self._running:
            self._captured = 0
        self._running = running
        self.toggle.setText(self.tr("Stop") if running else self.tr("Start"))
        self.toggle.setToolTip(self.tr("Stop the preview (F5)") if running else self.tr("Show this source live (F5)"))
        self.toggle.setAccessibleName(self.toggle.text())
        for button in self.buttons.values():
            button.setEnabled(running)
        self.every.setEnabled(running)
        self.seconds.setEnabled(running)
        self.source.setEnabled(not running)
        if not running:
            self.every.setChecked(False)
        self.make_current(self.current)
        self._offer()

    def save_state(self) -> None:
        """Keep the choices."""
        self._context.remember("collect/source", self.source.spec())
        self._context.remember("collect/every", self.seconds.value())

    def _toggle(self) -> None:
        (self.stop_asked if self._running else self.start_asked).emit()

    def _offer(self) -> None:
        self.toggle.setEnabled(bool(self._running) or bool(self.source.spec()))

    def _timed(self) -> None:
        self.timer.setInterval(int(self.seconds.value() * 1000))
        if self.every.isChecked() and self._running:
            self.timer.start()
        else:
            self.timer.stop()

    def _say(self) -> None:
        if self._running and not self._captured:
            text = self.tr("Space captures as {label}; N, A, R as they say.").format(
                label=_said(self.where(self.current))
            )
            self.note.setText(text)
        elif not self._running and not self._captured:
            self.note.setText(self.tr("Choose a source and press Start."))

    def _lay_out(self) -> None:
        section = QLabel(self.tr("Take pictures"))
        section.setObjectName("section")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(section, 1)
        top.addWidget(self.toggle)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for line, (group, text, key, hint, name) in enumerate(
            (
                (Group.NORMAL, self.tr("Normal"), "N", "", ""),
                (Group.ABNORMAL, self.tr("Abnormal"), "A", self.tr("kind, such as scratch"), self.tr("Kind of defect")),
                (Group.REFERENCE, self.tr("Reference"), "R", self.tr("class, such as gear"), self.tr("Class")),
            )
        ):
            button = QPushButton(text)
            button.setToolTip(self.tr("Capture as {label} ({key})").format(label=text.lower(), key=key))
            button.setAccessibleName(self.tr("Capture as {label}").format(label=text.lower()))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Space after a click is to capture, not to click again
            button.clicked.connect(lambda _=False, group=group: self.capture(group))
            self.buttons[group] = button
            grid.addWidget(button, line, 0)
            if name:
                self.kinds[group] = self._kind_box(group, hint, name)
                grid.addWidget(self.kinds[group], line, 1)
        good = QLabel(self.tr("good parts"))
        good.setObjectName("hint")
        grid.addWidget(good, 0, 1)
        timer = QHBoxLayout()
        timer.setSpacing(8)
        timer.addWidget(self.note, 1)
        timer.addWidget(self.every)
        timer.addWidget(self.seconds)
        self.seconds.setFixedWidth(_SPIN_WIDE)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.every.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        page = QVBoxLayout(self)
        page.setContentsMargins(14, 12, 14, 12)
        page.setSpacing(8)
        page.addLayout(top)
        page.addWidget(self.source)
        page.addWidget(self.picture, 1)
        page.addWidget(self.caption)
        page.addLayout(grid)
        page.addLayout(timer)

    def _kind_box(self, group: Group, hint: str, name: str) -> QComboBox:
        box = QComboBox()
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setAccessibleName(name)
        box.setCurrentText(self._context.recall(f"collect/{group}"))
        line = box.lineEdit()
        assert line is not None  # noqa: S101 - it is editable
        line.setPlaceholderText(hint)
        # A key pressed afterwards is to capture, not to go into the name.
        line.returnPressed.connect(self.picture.setFocus)
        box.activated.connect(lambda _: self.picture.setFocus())
        box.currentTextChanged.connect(lambda text: self._kind_changed(group, text))
        return box

    def _kind_changed(self, group: Group, text: str) -> None:
        self._context.remember(f"collect/{group}", text.strip())
        self._say()


def _said(where: Where) -> str:
    words = {
        Group.NORMAL: QCoreApplication.translate("CaptureView", "normal"),
        Group.ABNORMAL: QCoreApplication.translate("CaptureView", "abnormal"),
        Group.REFERENCE: QCoreApplication.translate("CaptureView", "reference"),
    }
    return f"{words[where.group]} ({where.kind})" if where.kind else words[where.group]


def _number(text: str, default: float) -> float:
    try:
        return min(max(float(text), _QUICKEST_S), _SLOWEST_S)
    except ValueError:
        return default
