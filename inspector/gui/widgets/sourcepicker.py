"""Where frames come from: a camera, a video, a folder, a watched folder or an address, as one line of text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from inspector.core.addresses import without_credentials
from inspector.gui.theme import icon
from inspector.gui.worker import Runner

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent, QShowEvent

    from inspector.gui.theme import Theme

CAMERA, VIDEO, FOLDER, WATCH, ADDRESS = "camera", "video", "folder", "watch", "address"


class AddressEdit(QLineEdit):
    """An address that may hold a password: it is seen only while it is being written, and in no screenshot after."""

    def __init__(self) -> None:
        """Hold none."""
        super().__init__()
        self._address = ""
        self.textEdited.connect(self._edited)

    def address(self) -> str:
        """Give the whole address."""
        return self._address

    def set_address(self, address: str) -> None:
        """Hold this address."""
        self._address = address.strip()
        self._draw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show all of it, to be edited."""
        super().focusInEvent(event)
        self._draw()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the credentials."""
        super().focusOutEvent(event)
        self._draw()

    def _edited(self, text: str) -> None:
        self._address = text.strip()

    def _draw(self) -> None:
        shown = self._address if self.hasFocus() else without_credentials(self._address)
        if shown != self.text().strip():
            self.setText(shown)


class SourcePicker(QWidget):
    """Chooses a source and gives its spec, as `inspector.sources.spec.open_source` reads it. Nothing is opened here."""

    changed = Signal()
    """Another source is chosen; `spec` may be empty meanwhile."""

    def __init__(self, theme: Theme) -> None:
        """Offer all kinds; ask for the cameras only when their list is first shown."""
        super().__init__()
        self._theme = theme
        self._listed = False
        self._runner = Runner(self)
        self._runner.done.connect(self._found)
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Kind of source"))
        for name, title in (
            (CAMERA, self.tr("Camera")),
            (VIDEO, self.tr("Video file")),
            (FOLDER, self.tr("Folder, as a feed")),
            (WATCH, self.tr("Watched folder")),
            (ADDRESS, self.tr("Network address")),
        ):
            self.kind.addItem(title, name)
        self.camera = QComboBox()
        self.camera.setEditable(True)
        self.camera.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.camera.setAccessibleName(self.tr("Camera, by name or number"))
        example = "0?width=1280&height=720&fps=30&exposure=-6"
        self.camera.setToolTip(self.tr("A name or a number; settings may follow, as in %1").replace("%1", example))
        self._refresh = QToolButton()
        self._refresh.setToolTip(self.tr("Look for cameras again"))
        self._refresh.setAccessibleName(self.tr("Look for cameras again"))
        self._refresh.clicked.connect(self.find_cameras)
        self.path = QLineEdit()
        self.path.setAccessibleName(self.tr("Path of the source"))
        self._browse = QPushButton(self.tr("Choose …"))
        self._browse.setAccessibleName(self.tr("Choose a file or folder"))
        self._browse.clicked.connect(self.browse)
        self.address = AddressEdit()
        self.address.setPlaceholderText("rtsp://192.168.1.20/stream")
        self.address.setAccessibleName(self.tr("Network address"))
        self._pages = QStackedWidget()
        for widgets in ((self.camera, self._refresh), (self.path, self._browse), (self.address,)):
            self._pages.addWidget(_row(*widgets))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.kind)
        layout.addWidget(self._pages, 1)
        self._line().setPlaceholderText(self.tr("Looking for cameras …"))
        self.kind.currentIndexChanged.connect(self._kind_changed)
        self.camera.editTextChanged.connect(self.changed)
        self.path.textChanged.connect(self.changed)
        self.address.textChanged.connect(self.changed)
        theme.changed.connect(self._draw)
        self._draw()
        self._kind_changed()

    def spec(self) -> str:
        """The source chosen; empty while there is none."""
        kind = self.kind.currentData()
        if kind == CAMERA:
            text = self.camera.currentText().strip()
            place = self.camera.findText(text)
            chosen = self.camera.itemData(place) if place >= 0 else text
            return f"camera:{chosen}" if text else ""
        if kind == ADDRESS:
            return self.address.address()
        path = self.path.text().strip()
        prefix = {VIDEO: "", FOLDER: "folder:", WATCH: "watch:"}[kind]
        return prefix + path if path else ""

    def set_spec(self, spec: str) -> None:
        """Show this source as the one chosen."""
        spec = spec.strip()
        head, _, rest = spec.partition(":")
        if head.lower() in {CAMERA, FOLDER, WATCH} and not rest.startswith("//"):
            kind, rest = head.lower(), rest.strip()
        elif "://" in spec:
            kind, rest = ADDRESS, spec
        elif spec.isdigit():
            kind, rest = CAMERA, spec
        else:
            kind, rest = (FOLDER if spec and Path(spec).is_dir() else VIDEO), spec
        self.kind.setCurrentIndex(self.kind.findData(kind))
        if kind == CAMERA:
            place = self.camera.findData(rest)
            self.camera.setCurrentText(self.camera.itemText(place) if place >= 0 else rest)
        elif kind == ADDRESS:
            self.address.set_address(rest)
        else:
            self.path.setText(rest)

    def browse(self) -> None:
        """Ask for a file or folder."""
        kind, start = self.kind.currentData(), self.path.text() or str(Path.home())
        if kind == VIDEO:
            kinds = self.tr("Videos (*.avi *.mp4 *.mkv *.mov *.webm *.m4v *.mpg *.mpeg);;All files (*)")
            path, _ = QFileDialog.getOpenFileName(self, self.tr("Choose a video"), start, kinds)
        else:
            path = QFileDialog.getExistingDirectory(self, self.tr("Choose a folder"), start)
        if path:
            self.path.setText(path)

    def find_cameras(self) -> None:
        """List the cameras anew. Drivers are asked in a thread: some take their time."""
        from inspector.sources.cameras import cameras

        self._listed = True
        self._runner.run(lambda _: cameras())

    def busy(self) -> bool:
        """Whether cameras are being looked for."""
        return self._runner.running

    def wait(self, seconds: float) -> bool:
        """Wait until no thread is under way; say whether that is so."""
        return self._runner.wait(seconds)

    def _found(self, found: object) -> None:
        kept = self.camera.currentText()
        self.camera.clear()
        for one in found if isinstance(found, list) else ():
            self.camera.addItem(one.name, str(one.index))
        if kept:
            place = self.camera.findData(kept)
            self.camera.setCurrentText(self.camera.itemText(place) if place >= 0 else kept)
        none = self.tr("No camera found; type a number or a name")
        self._line().setPlaceholderText(self.tr("Number or name") if self.camera.count() else none)

    def _kind_changed(self) -> None:
        kind = self.kind.currentData()
        self._pages.setCurrentIndex({CAMERA: 0, ADDRESS: 2}.get(kind, 1))
        hints = {
            VIDEO: self.tr("A video file"),
            FOLDER: self.tr("A folder of images, shown one after the other"),
            WATCH: self.tr("A folder; images are judged as they arrive"),
        }
        self.path.setPlaceholderText(hints.get(kind, ""))
        if kind == CAMERA and self.isVisible() and not self._listed:
            self.find_cameras()
        self.changed.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """List the cameras when they are first of interest."""
        super().showEvent(event)
        if self.kind.currentData() == CAMERA and not self._listed:
            self.find_cameras()

    def _line(self) -> QLineEdit:
        line = self.camera.lineEdit()
        assert line is not None  # noqa: S101 - it is editable
        return line

    def _draw(self) -> None:
        self._refresh.setIcon(icon("refresh", self._theme.colours.text, size=18))


def _row(*widgets: QWidget) -> QWidget:
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    for place, widget in enumerate(widgets):
        row.addWidget(widget, 0 if place else 1)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return box
