"""Sets up what is told to the outside when something is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from inspector.core.errors import OptionError
from inspector.gui.widgets.outputform import OutputForm
from inspector.outputs.settings import make_output

if TYPE_CHECKING:
    from inspector.gui.worker import Failure, Runner
    from inspector.outputs import Output

_WIDE, _HIGH = 760, 520
_LIST = 256


class OutputsDialog(QDialog):
    """The outputs on the left, the one that is selected on the right. Opened without blocking."""

    chosen = Signal(object)
    """The list of `Output`, when it was accepted."""

    def __init__(self, outputs: list[Output], runner: Runner, parent: QWidget) -> None:
        """Show the outputs as they are.

        Args:
            outputs: there are.
            runner: runs tests; it outlives the dialog.
            parent: over which it stands.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Outputs"))
        self.resize(_WIDE, _HIGH)
        self._runner = runner
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Outputs"))
        self.pages = QStackedWidget()
        self.add = QComboBox()
        self.add.setAccessibleName(self.tr("Add an output"))
        self.add.addItem(self.tr("Add …"), None)
        for kind, text in kinds().items():
            self.add.addItem(text, kind)
        self.remove = QPushButton(self.tr("Remove"))
        self.test = QPushButton(self.tr("Send a test"))
        self.test.setToolTip(self.tr("Sends a message of the event “test” as it is set up here, at once"))
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._empty = QLabel(
            self.tr(
                "Nothing is told to the outside yet.\n\nAdd an output, and every NG is saved to a folder, sounds an "
                "alarm, is posted to a webhook or an MQTT broker, or starts a command of yours. Outputs belong to this "
                "computer, not to the workspace."
            )
        )
        self._empty.setObjectName("hint")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        for one in outputs:
            self._insert(one.model_dump(mode="json"))
        self.list.currentRowChanged.connect(self._select)
        self.add.activated.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.test.clicked.connect(self._test)
        self._runner.done.connect(self._tested)
        self._runner.failed.connect(self._not_tested)
        self._runner.ended.connect(self._refresh)
        self.list.setCurrentRow(0)
        self._refresh()

    def outputs(self) -> list[Output]:
        """The outputs as they stand here.

        Raises:
            OptionError: one of them cannot be; it is selected.
        """
        found: list[Output] = []
        for row in range(self.list.count()):
            try:
                found.append(self._output(row, [one.name for one in found]))
            except OptionError:
                self.list.setCurrentRow(row)
                raise
        return found

    def _output(self, row: int, names: list[str]) -> Output:
        one = make_output(self._form(row).values())
        if one.name in names:
            msg = self.tr("Two outputs are called “%1”. Give one another name.").replace("%1", one.name)
            raise OptionError(msg)
        return one

    def accept(self) -> None:
        """Close, if all outputs can be."""
        try:
            outputs = self.outputs()
        except OptionError as error:
            self._say(str(error), "fault")
            return
        self.chosen.emit(outputs)
        super().accept()

    def done(self, result: int) -> None:
        """A test that is under way is not waited for."""
        self._runner.done.disconnect(self._tested)
        self._runner.failed.disconnect(self._not_tested)
        self._runner.ended.disconnect(self._refresh)
        super().done(result)

    def _lay_out(self) -> None:
        side = QWidget()
        side.setFixedWidth(_LIST)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(self.add, 1)
        row.addWidget(self.remove)
        left.addLayout(row)
        right = QVBoxLayout()
        right.setSpacing(8)
        self.pages.addWidget(self._empty)
        right.addWidget(self.pages, 1)
        right.addWidget(self.note)
        columns = QHBoxLayout()
        columns.setSpacing(18)
        columns.addWidget(side)
        columns.addLayout(right, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(self.test, QDialogButtonBox.ButtonRole.ResetRole)
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        use = buttons.addButton(self.tr("Use"), QDialogButtonBox.ButtonRole.AcceptRole)
        use.setProperty("primary", True)
        use.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addLayout(columns, 1)
        column.addWidget(buttons)

    def _insert(self, raw: dict[str, object]) -> None:
        form = OutputForm(raw, kinds()[str(raw["kind"])])
        item = QListWidgetItem(str(raw["name"]))
        form.renamed.connect(item.setText)
        self.list.addItem(item)
        self.pages.addWidget(form)

    def _form(self, row: int) -> OutputForm:
        form = self.pages.widget(row + 1)
        assert isinstance(form, OutputForm)  # noqa: S101 - the first page alone is none
        return form

    def _add(self, place: int) -> None:
        kind = self.add.itemData(place)
        self.add.setCurrentIndex(0)
        if kind is None:
            return
        names = {self.list.item(row).text() for row in range(self.list.count())}
        name = base = kinds()[kind]
        number = 1
        while name in names:
            number += 1
            name = f"{base} {number}"
        self._insert({"kind": kind, "name": name})
        self.list.setCurrentRow(self.list.count() - 1)
        self._refresh()

    def _remove(self) -> None:
        row = self.list.currentRow()
        if row >= 0:
            form = self._form(row)
            self.pages.removeWidget(form)
            form.deleteLater()
            self.list.takeItem(row)
            self._select(self.list.currentRow())

    def _select(self, row: int) -> None:
        self.pages.setCurrentIndex(row + 1)
        self._say("", "hint")
        self._refresh()

    def _test(self) -> None:
        if self._runner.running:
            return
        try:
            one = make_output(self._form(self.list.currentRow()).values())
        except OptionError as error:
            self._say(str(error), "fault")
            return
        from inspector.outputs.outlets import test_output

        self._say(self.tr("Sending a test to %1 …").replace("%1", one.where), "hint")
        self._runner.run(lambda _listener: test_output(one))
        self._refresh()

    def _tested(self, seconds: object) -> None:
        if isinstance(seconds, float):
            self._say(self.tr("Delivered in %1 ms.").replace("%1", f"{seconds * 1e3:.0f}"), "hint")

    def _not_tested(self, failure: Failure) -> None:
        self._say(failure.message, "fault")

    def _say(self, text: str, look: str) -> None:
        self.note.setObjectName(look)
        self.note.style().polish(self.note)
        self.note.setText(text)

    def _refresh(self) -> None:
        there = self.list.currentRow() >= 0
        self.remove.setEnabled(there)
        self.test.setEnabled(there and not self._runner.running)


def kinds() -> dict[str, str]:
    """The kinds of output and what people call them."""
    return {
        "folder": _tr("Save to a folder"),
        "sound": _tr("Play a sound"),
        "webhook": _tr("Webhook"),
        "mqtt": _tr("MQTT"),
        "command": _tr("Run a command"),
    }


def _tr(text: str) -> str:
    return QCoreApplication.translate("Outputs", text)
