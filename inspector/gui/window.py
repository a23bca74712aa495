"""The main window: a rail of panels on the left, the panel in hand, and a status bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector.gui.provider import ProviderMenu
from inspector.gui.shortcuts import ShortcutsDialog
from inspector.gui.theme import icon
from inspector.gui.welcome import Welcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QCloseEvent

    from inspector.gui.context import Context
    from inspector.gui.panel import Panel

_STOP_S = 5.0
_LOOK_MS = 30
_FIRST_SIZE = QSize(1280, 800)


class Window(QMainWindow):
    """Holds the panels. They are built when first shown, so that the window opens at once."""

    def __init__(self, context: Context, panels: Sequence[tuple[str, str, str, Callable[[Context], Panel]]]) -> None:
        """Lay out the window.

        Args:
            context: shared by the panels.
            panels: for each its name, its title, its icon and what builds it.
        """
        super().__init__()
        self.context = context
        self._makers = {name: make for name, _, _, make in panels}
        self._titles = {name: title for name, title, _, _ in panels}
        self._icons = {name: picture for name, _, picture, _ in panels}
        self._built: dict[str, Panel] = {}
        self._buttons: dict[str, QToolButton] = {}
        self._closing: QTimer | None = None
        self.setWindowTitle("inspector")
        self.setMinimumSize(960, 600)
        self._stack = QStackedWidget()
        self.welcome = Welcome(context)
        self._stack.addWidget(self.welcome)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._rail())
        row.addWidget(self._stack, 1)
        self.setCentralWidget(middle)
        self._where = QLabel()
        self._where.setObjectName("where")
        self.statusBar().addWidget(self._where, 1)
        self.feed = QLabel()
        self.feed.setObjectName("figures")
        self.feed.setAccessibleName(self.tr("How the live feed goes"))
        self.feed.setToolTip(self.tr("The live feed, wherever you are: frames judged a second, time to the screen"))
        self.statusBar().addPermanentWidget(self.feed)
        context.feed_told.connect(self.feed.setText)
        self._add_actions()
        context.workspace_changed.connect(self._workspace_changed)
        context.show_panel.connect(self.show_panel)
        context.theme.changed.connect(self._paint)
        # Panels are built when first shown; who is asked for work must be there to hear it.
        context.live_requested.connect(lambda *a: self._pass("live", "watch", *a))
        context.batch_requested.connect(lambda *a: self._pass("batch", "inspect", *a))
        context.picture_requested.connect(lambda path: self._pass("collect", "look_at", path))
        context.train_requested.connect(lambda: self.show_panel("train"))
        self._paint()
        self._workspace_changed()
        self._restore()

    @property
    def panels(self) -> dict[str, Panel]:
        """The panels built so far, by name."""
        return dict(self._built)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all panels, in the rail's order."""
        return tuple(self._makers)

    def panel(self, name: str) -> Panel:
        """The panel of this name, built if it was not yet."""
        if name not in self._built:
            panel = self._makers[name](self.context)
            self._built[name] = panel
            self._stack.addWidget(panel)
            panel.workspace_changed()
        return self._built[name]

    def show_panel(self, name: str) -> None:
        """Bring this panel to the front."""
        if name not in self._makers or self.context.workspace is None:
            return
        panel = self.panel(name)
        self._stack.setCurrentWidget(panel)
        self._buttons[name].setChecked(True)
        self.context.remember("panel", name)
        panel.shown()

    def show_welcome(self) -> None:
        """Bring the first page to the front: open, make or change the workspace."""
        self._stack.setCurrentWidget(self.welcome)
        checked = self._group.checkedButton()
        if checked is not None:
            self._group.setExclusive(False)
            checked.setChecked(False)
            self._group.setExclusive(True)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask work under way to end, say so, and go when it has: nothing is torn off in the middle."""
        if self._closing is not None:
            event.ignore()
            return
        for panel in self._built.values():
            panel.save_state()
        self.context.remember("geometry", self.saveGeometry())
        self.context.settings.sync()
        if not self._busy():
            for panel in self._built.values():
                panel.stop()
                panel.wait(_STOP_S)
            self.context.close()
            event.accept()
            return
        event.ignore()
        self.welcome.stop()
        for panel in self._built.values():
            panel.stop()
        self._where.setText(self.tr("Stopping …"))
        self.setEnabled(False)
        self._closing = QTimer(self)
        self._closing.timeout.connect(self._close_when_quiet)
        self._closing.start(_LOOK_MS)

    def _close_when_quiet(self) -> None:
        if self._busy():
            return
        timer, self._closing = self._closing, None
        if timer is not None:
            timer.stop()
        self.close()

    def _busy(self) -> bool:
        return self.welcome.busy() or any(panel.busy() for panel in self._built.values())

    def _pass(self, name: str, method: str, *arguments: str) -> None:
        self.show_panel(name)
        panel = self._built.get(name)
        if panel is not None:
            getattr(panel, method)(*arguments)

    def _rail(self) -> QFrame:
        rail = QFrame()
        rail.setObjectName("rail")
        column = QVBoxLayout(rail)
        column.setContentsMargins(8, 12, 8, 12)
        column.setSpacing(4)
        self._group = QButtonGroup(self)
        for number, name in enumerate(self._makers, 1):
            button = self._rail_button(self._titles[name], f"Ctrl+{number}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self.show_panel(name))
            self._group.addButton(button)
            self._buttons[name] = button
            column.addWidget(button)
        column.addStretch(1)
        self._menu_button = self._rail_button(self.tr("Menu"), "F10")
        self._menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        column.addWidget(self._menu_button)
        return rail

    def _rail_button(self, title: str, key: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("rail-button")
        button.setText(title)
        button.setToolTip(f"{title} ({key})")
        button.setAccessibleName(title)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(24, 24))
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _add_actions(self) -> None:
        menu = QMenu(self)
        self._action(menu, self.tr("New or open workspace …"), "Ctrl+O", self.show_welcome)
        themes = menu.addMenu(self.tr("Theme"))
        for choice, title in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            self._action(themes, title, "", partial(self._choose_theme, choice))
        self._action(menu, self.tr("Switch light and dark"), "Ctrl+D", self._switch_theme)
        self.provider = ProviderMenu(menu, self.context)
        self._action(menu, self.tr("Full screen"), "F11", self._full_screen)
        self._action(menu, self.tr("Shortcuts"), "F1", self._shortcuts)
        menu.addSeparator()
        self._action(menu, self.tr("Quit"), "Ctrl+Q", self.close)
        self._menu_button.setMenu(menu)
        opener = QAction(self)
        opener.setShortcut(QKeySequence("F10"))
        opener.triggered.connect(self._menu_button.showMenu)
        self.addAction(opener)
        for number, name in enumerate(self._makers, 1):
            action = QAction(self._titles[name], self)
            action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            action.triggered.connect(lambda _=False, name=name: self.show_panel(name))
            self.addAction(action)

    def _action(self, menu: QMenu, title: str, key: str, do: Callable[[], object]) -> None:
        action = QAction(title, self)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda *_: do())
        menu.addAction(action)
        self.addAction(action)

    def _choose_theme(self, choice: str) -> None:
        self.context.remember("theme", choice)
        self.context.theme.choose(choice)  # type: ignore[arg-type]

    def _switch_theme(self) -> None:
        self._choose_theme("light" if self.context.theme.dark else "dark")

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _shortcuts(self) -> None:
        ShortcutsDialog(self).open()

    def _workspace_changed(self) -> None:
        workspace = self.context.workspace
        for button in self._buttons.values():
            button.setEnabled(workspace is not None)
        if workspace is None:
            self.setWindowTitle("inspector")
            self._where.setText(self.tr("No workspace open"))
            self.show_welcome()
            return
        self.setWindowTitle(f"{workspace.name} – inspector")
        self._where.setText(str(workspace.folder))
        last = self.context.recall("panel", "collect")
        self.show_panel(last if last in self._makers else "collect")

    def _paint(self) -> None:
        colours = self.context.theme.colours
        for name, button in self._buttons.items():
            button.setIcon(icon(self._icons[name], colours.text))
        self._menu_button.setIcon(icon("menu", colours.text))

    def _restore(self) -> None:
        kept = self.context.settings.value("geometry")
        if kept is None or not self.restoreGeometry(kept):
            self.resize(_FIRST_SIZE)
