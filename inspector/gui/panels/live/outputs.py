"""The Live panel's outputs: which there are, how it stands with them, setting them up."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from inspector.core.errors import InspectorError
from inspector.gui.widgets.outputsdialog import OutputsDialog
from inspector.gui.worker import Runner
from inspector.outputs.settings import FILE, read_outputs, write_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inspector.gui.panels.live.panel import LivePanel
    from inspector.outputs import Outlets, OutletState, Output

FOLDER = "outputs"
"""The folder of the program's data in which messages wait."""


class OutputsKeeper(QObject):
    """Reads and writes the outputs of this user, and says how it stands with them."""

    def __init__(self, panel: LivePanel) -> None:
        """Read them; a file that cannot be read is told, and nothing is told to outputs."""
        super().__init__(panel)
        self._panel = panel
        places = panel.context.places
        self._path, self._folder = places.config / FILE, places.data / FOLDER
        self.runner = Runner(self)
        self.known: list[Output] = []
        self._fault = ""
        self._read()
        self.show()

    def outlets(self) -> Callable[[], Outlets] | None:
        """What puts them to work, for a feed that starts now; None when there are none."""
        self._read()
        if self._fault:
            self._panel.messages.warn(self._fault)
        if not any(one.enabled for one in self.known):
            return None
        return partial(_made, tuple(self.known), self._folder)

    def choose(self) -> None:
        """Ask which outputs there shall be."""
        self._read()
        if self._fault:  # else saving would throw away what a person wrote by hand
            self._panel.messages.error(self._fault)
            return
        dialog = OutputsDialog(self.known, self.runner, self._panel)
        dialog.chosen.connect(self.use)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use(self, outputs: list[Output]) -> None:
        """Keep these; a feed under way begins anew with them."""
        if outputs == self.known:
            return
        try:
            write_outputs(self._path, outputs)
        except InspectorError as error:
            self._panel.messages.error(str(error))
            return
        self.known = outputs
        self.show()
        if self._panel.runner.running:
            self._panel.start()

    def show(self) -> None:
        """Say on the button which there are, and how it stands with them."""
        feed = self._panel.feed
        states = [] if feed is None else feed.outputs
        used = [one for one in self.known if one.enabled]
        tip = "\n".join([*map(_line, states), _tr("What is told to the outside when something is found (O)")])
        self._panel.controls.show_outputs(_words(len(used), states, self._fault), tip)

    def _read(self) -> None:
        try:
            self.known, self._fault = read_outputs(self._path), ""
        except InspectorError as error:
            self.known, self._fault = [], str(error)


def _made(outputs: tuple[Output, ...], folder: Path) -> Outlets:
    from inspector.outputs import Outlets

    return Outlets(outputs, folder)


def _words(used: int, states: list[OutletState], fault: str) -> str:
    if fault:
        return _tr("Outputs cannot be read")
    failing = next((one for one in states if one.problem), None)
    if failing is not None:
        return _tr("Output fails: %1").replace("%1", failing.name)
    if not used:
        return _tr("No outputs")
    words = _tr("1 output") if used == 1 else _tr("%1 outputs").replace("%1", str(used))
    sent = sum(one.sent for one in states)
    return f"{words}, {_tr('%1 sent').replace('%1', f'{sent:,}')}" if sent else words


def _line(state: OutletState) -> str:
    parts = [_tr("%1 sent").replace("%1", f"{state.sent:,}")]
    for number, text in (
        (state.waiting, _tr("%1 waiting")),
        (state.held_back, _tr("%1 held back")),
        (state.lost, _tr("%1 lost")),
    ):
        if number:
            parts.append(text.replace("%1", f"{number:,}"))
    return f"{state.name}: {', '.join(parts)}{'. ' + state.problem if state.problem else ''}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("LiveOutputs", text)
