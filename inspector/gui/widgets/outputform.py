"""One output as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from inspector.outputs.message import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

_NARROW = 110


class OutputForm(QWidget):
    """Holds the plain values of an output; whether they fit is asked by who takes them."""

    renamed = Signal(str)

    def __init__(self, raw: dict[str, object], title: str) -> None:
        """Show an output.

        Args:
            raw: its plain values; what is missing is as it is by default.
            title: what people call its kind.
        """
        super().__init__()
        self._raw = raw
        self._takes: dict[str, Callable[[], object]] = {}
        self._rows = QFormLayout()
        self._rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._rows.setHorizontalSpacing(16)
        self._rows.setVerticalSpacing(8)
        heading = QLabel(title)
        heading.setObjectName("section")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading)
        column.addLayout(self._rows)
        column.addStretch(1)
        name = self._line("name", _tr("Name"))
        name.textChanged.connect(self.renamed)
        self._own(str(raw["kind"]))
        self._told()
        self._number("seconds_apart", _tr("At most once in"), 1.0, (0.0, 3600.0), _tr("Seconds between two messages"))
        self._number("timeout", _tr("Give up after"), 5.0, (0.1, 60.0), _tr("Seconds that one attempt may take"))
        self._check("enabled", _tr("Use this output"), default=True)

    def values(self) -> dict[str, object]:
        """The values as they stand in the form."""
        values = dict(self._raw) | {key: take() for key, take in self._takes.items()}
        return {key: value for key, value in values.items() if value is not None}

    def _own(self, kind: str) -> None:
        if kind == "folder":
            self._path("path", _tr("Folder"), folder=True)
        elif kind == "sound":
            self._path("file", _tr("WAV file"), hint=_tr("the program's own sound"))
        elif kind == "webhook":
            self._line("url", _tr("Address"), hint="https://…")
            self._line("authorization", _tr("Authorization"), hint=_tr("none, or: Bearer TOKEN"), secret=True)
        elif kind == "mqtt":
            self._line("host", _tr("Broker"), hint=_tr("name or address of the computer"))
            self._port()
            self._line("topic", _tr("Topic"), default="inspector")
            self._line("username", _tr("User"), hint=_tr("none"))
            self._line("password", _tr("Password"), hint=_tr("none"), secret=True)
        elif kind == "command":
            self._line("command", _tr("Command"), hint=_tr("program and arguments; JSON on its standard input"))
        if kind in {"webhook", "mqtt", "command"}:
            self._check("pictures", _tr("Send the picture and its overlay along (base64 JPEG)"))

    def _told(self) -> None:
        asked = self._raw.get("on", ["ng"])
        given = list(asked) if isinstance(asked, list | tuple) else ["ng"]
        boxes = {}
        column = QVBoxLayout()
        column.setSpacing(4)
        for event, text in EVENTS.items():
            boxes[event] = box = QCheckBox(_tr(text))
            box.setChecked(event in given)
            column.addWidget(box)
        self._rows.addRow(_tr("When"), column)
        self._takes["on"] = lambda: [event for event, box in boxes.items() if box.isChecked()]

    def _line(self, key: str, title: str, *, hint: str = "", default: str = "", secret: bool = False) -> QLineEdit:
        line = QLineEdit(str(self._raw.get(key) or default))
        line.setAccessibleName(title)
        line.setPlaceholderText(hint)
        if secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        self._rows.addRow(title, line)
        self._takes[key] = line.text
        return line

    def _path(self, key: str, title: str, *, folder: bool = False, hint: str = "") -> None:
        line = QLineEdit(str(self._raw.get(key) or ""))
        line.setAccessibleName(title)
        line.setPlaceholderText(hint)
        browse = QPushButton(_tr("Choose …"))

        def ask() -> None:
            if folder:
                found = QFileDialog.getExistingDirectory(self, title, line.text())
            else:
                found, _ = QFileDialog.getOpenFileName(self, title, line.text(), "*.wav")
            if found:
                line.setText(found)

        browse.clicked.connect(ask)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(line, 1)
        row.addWidget(browse)
        self._rows.addRow(title, row)
        self._takes[key] = lambda: line.text().strip() or (None if hint else "")

    def _port(self) -> None:
        port = QSpinBox()
        port.setRange(1, 65_535)
        port.setAccessibleName(_tr("Port"))
        port.setFixedWidth(_NARROW)
        port.setValue(int(str(self._raw.get("port", 1883))))
        tls = QCheckBox(_tr("Encrypted (TLS)"))
        tls.setChecked(bool(self._raw.get("tls", False)))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(port)
        row.addWidget(tls)
        row.addStretch(1)
        self._rows.addRow(_tr("Port"), row)
        self._takes["port"], self._takes["tls"] = port.value, tls.isChecked

    def _number(self, key: str, title: str, default: float, bounds: tuple[float, float], tip: str) -> None:
        box = QDoubleSpinBox()
        box.setRange(*bounds)
        box.setDecimals(1)
        box.setSuffix(_tr(" s"))
        box.setFixedWidth(_NARROW)
        box.setAccessibleName(tip)
        box.setToolTip(tip)
        box.setValue(float(str(self._raw.get(key, default))))
        self._rows.addRow(title, box)
        self._takes[key] = box.value

    def _check(self, key: str, title: str, *, default: bool = False) -> None:
        box = QCheckBox(title)
        box.setChecked(bool(self._raw.get(key, default)))
        self._rows.addRow("", box)
        self._takes[key] = box.isChecked


def _tr(text: str) -> str:
    return QCoreApplication.translate("OutputForm", text)
