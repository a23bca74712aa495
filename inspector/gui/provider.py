"""What networks run on, chosen in the window's menu: what is not installed says how it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup

from inspector.core.errors import OptionError
from inspector.detectors import providers

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from inspector.gui.context import Context

_KEY = "provider"


def recall_provider(context: Context) -> str:
    """Judge on what was chosen last; give why that is not possible any more, and judge on the processor then."""
    kept = context.recall(_KEY)
    if not kept:  # the environment may say what
        return ""
    try:
        providers.use(kept)
    except OptionError as error:
        providers.use(providers.CPU)
        return str(error)
    return ""


class ProviderMenu(QObject):
    """A menu with one entry for each provider; a feed takes it up when it begins anew."""

    def __init__(self, menu: QMenu, context: Context) -> None:
        """Add it to `menu`."""
        super().__init__(menu)
        self._context = context
        self.menu = menu.addMenu(_tr("Judge on"))
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._look)
        self._group = QActionGroup(self)
        self.actions: dict[str, QAction] = {}
        for name, title in providers.TITLES.items():
            action = QAction(QCoreApplication.translate("Providers", title), self.menu)
            action.setCheckable(True)
            action.setData(name)
            self._group.addAction(action)
            self.menu.addAction(action)
            self.actions[name] = action
        self._group.triggered.connect(lambda action: self.choose(action.data()))

    def choose(self, name: str) -> None:
        """Judge on this from now on, and after the next start."""
        providers.use(name)
        self._context.remember(_KEY, name)

    def _look(self) -> None:
        """Offer what is installed; only now, since ONNX Runtime takes a moment to import."""
        there = providers.offered()
        for name, action in self.actions.items():
            action.setEnabled(name in there)
            action.setToolTip("" if name in there else providers.how_to_get(name))
            if name not in there:
                action.setText(_tr("{title}: not installed").format(title=providers.TITLES[name]))
        try:
            chosen = providers.in_force()
        except OptionError:
            chosen = providers.CPU
        self.actions[chosen].setChecked(True)


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProviderMenu", text)
