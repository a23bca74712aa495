"""Light and dark: one style sheet, two sets of colours, following the system unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal, TypeAlias

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from inspector.core.places import shipped

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

Choice: TypeAlias = Literal["system", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of a theme, by what they are for. Text on its ground has a contrast of at least 4.5 to 1."""

    ground: str
    raised: str
    sunken: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    accent_soft: str
    ok: str
    ok_soft: str
    ng: str
    ng_soft: str
    warn: str
    warn_soft: str
    normal: str
    abnormal: str


LIGHT = Colours(
    ground="#f4f5f7",
    raised="#ffffff",
    sunken="#e9ebef",
    line="#cfd4dc",
    text="#1b1f27",
    quiet="#5a6372",
    accent="#1f5fd0",
    on_accent="#ffffff",
    accent_soft="#dfe9fb",
    ok="#13753d",
    ok_soft="#dcf3e4",
    ng="#b3191f",
    ng_soft="#fbe0e0",
    warn="#8a5300",
    warn_soft="#fdf0d5",
    normal="#2166c4",
    abnormal="#c65a00",
)
DARK = Colours(
    ground="#16191f",
    raised="#1f242c",
    sunken="#101318",
    line="#39414d",
    text="#e8ebf0",
    quiet="#a0a9b8",
    accent="#6ea3ff",
    on_accent="#0b1322",
    accent_soft="#22324f",
    ok="#5fd08d",
    ok_soft="#173726",
    ng="#ff8086",
    ng_soft="#4a1c20",
    warn="#f2b95a",
    warn_soft="#40300f",
    normal="#72aaf5",
    abnormal="#ff9d4d",
)


class Theme(QObject):
    """The theme in force. Widgets that paint for themselves ask for `colours` and listen to `changed`."""

    changed = Signal()

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        """Put a theme on `application`."""
        super().__init__(application)
        self._application = application
        self._choice: Choice = choice
        self._sheet = (shipped("resources") / "style" / "inspector.qss").read_text(encoding="utf-8")
        self.colours = LIGHT
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    @property
    def choice(self) -> Choice:
        """What the user chose."""
        return self._choice

    @property
    def dark(self) -> bool:
        """Whether the theme in force is dark."""
        if self._choice == "system":
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._choice == "dark"

    def choose(self, choice: Choice) -> None:
        """Use this theme from now on."""
        self._choice = choice
        self._apply()

    def _follow(self) -> None:
        if self._choice == "system":
            self._apply()

    def _apply(self) -> None:
        self.colours = DARK if self.dark else LIGHT
        colours = {one.name: getattr(self.colours, one.name) for one in fields(Colours)}
        sheet = self._sheet.replace("@icons", (shipped("resources") / "icons").as_posix())
        # The longest names first, so that @accent does not eat the front of @accent_soft.
        for name in sorted(colours, key=len, reverse=True):
            sheet = sheet.replace(f"@{name}", colours[name])
        sheet = sheet.replace("@icons", (shipped("resources") / "icons").as_posix())
        self._application.setPalette(_palette(self.colours))
        self._application.setStyleSheet(sheet)
        self.changed.emit()


def _palette(colours: Colours) -> QPalette:
    """What widgets the style sheet does not reach are painted with, such as file dialogs."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in (
        (role.Window, colours.ground),
        (role.Base, colours.raised),
        (role.AlternateBase, colours.sunken),
        (role.Button, colours.raised),
        (role.Text, colours.text),
        (role.WindowText, colours.text),
        (role.ButtonText, colours.text),
        (role.ToolTipBase, colours.raised),
        (role.ToolTipText, colours.text),
        (role.PlaceholderText, colours.quiet),
        (role.Highlight, colours.accent),
        (role.HighlightedText, colours.on_accent),
        (role.Link, colours.accent),
        (role.Mid, colours.line),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(colours.quiet))
    return palette


def icon(name: str, colour: str, *, size: int = 24, disabled: str = "") -> QIcon:
    """The icon `resources/icons/NAME.svg`, drawn in `colour`, sharp on displays of any density.

    Args:
        name: of the file.
        colour: of its lines.
        size: in device-independent pixels.
        disabled: the colour of its lines on what is disabled; empty leaves that to the style.
    """
    text = (shipped("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    answer = QIcon()
    _add(answer, text, colour, size, QIcon.Mode.Normal)
    if disabled:
        _add(answer, text, disabled, size, QIcon.Mode.Disabled)
    return answer


def _add(answer: QIcon, text: str, colour: str, size: int, mode: QIcon.Mode) -> None:
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    for scale in (1, 2, 3):
        pixmap = QPixmap(QSize(size, size) * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        answer.addPixmap(pixmap, mode)
