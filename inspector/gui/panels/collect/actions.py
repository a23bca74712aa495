"""The Collect panel's buttons and keys: each is one action, so that the shortcuts page finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton, QToolButton

from inspector.gui.models.collect import kinds_of
from inspector.gui.widgets.actionbuttons import ActionButtons, offer
from inspector.jobs.labels import Group, Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QAbstractButton

    from inspector.gui.panels.collect.panel import CollectPanel


class Actions:
    """What one can do: in the panel's head for the whole, under the grid for what is selected."""

    def __init__(self, panel: CollectPanel) -> None:
        """Make them and put them in their places."""
        self._panel = panel
        self._made = ActionButtons(panel, panel.context.theme)
        self.all = QActionGroup(panel)
        """Off while areas are drawn, which has keys of its own."""
        self.all.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        capture = panel.capture
        self.add = self._head(_tr("Add pictures …"), "add", "Ctrl+I", panel.adding.ask_pictures)
        self.dataset = self._head(_tr("Import a data set …"), "import", "Ctrl+Shift+I", panel.adding.ask_dataset)
        self.areas = self._head(_tr("Areas …"), "region", "Ctrl+R", panel.draw_areas)
        self.areas.setToolTip(_tr("Draw where detectors are to look, and what to ignore (Ctrl+R)"))
        self.doctor = self._head(_tr("Dataset doctor"), "doctor", "Ctrl+E", panel.ask_doctor)
        self.doctor.setToolTip(_tr("Look for duplicates, blurred, badly exposed and mislabelled pictures (Ctrl+E)"))
        self.undo = self._head(_tr("Undo"), "undo", "Ctrl+Z", panel.files.undo)
        self.toggle = self._action(_tr("Start or stop the preview"), "F5", panel.toggle)
        self.capturing = [
            self._action(_tr("Capture to the current label"), "Space", capture.capture),
            self._action(_tr("Capture as normal"), "N", lambda: capture.capture(Group.NORMAL)),
            self._action(_tr("Capture as abnormal"), "A", lambda: capture.capture(Group.ABNORMAL)),
            self._action(_tr("Capture as reference"), "R", lambda: capture.capture(Group.REFERENCE)),
            self._action(_tr("Capture by timer, or stop"), "T", capture.every.toggle),
        ]
        self.normal = self._action(_tr("Label as normal"), "Shift+N", lambda: self.relabel(Group.NORMAL))
        self.abnormal = self._action(_tr("Label as abnormal"), "Shift+A", lambda: self.relabel(Group.ABNORMAL))
        self.reference = self._action(_tr("Label as reference"), "Shift+R", lambda: self.relabel(Group.REFERENCE))
        self.trash = self._action(_tr("Move to the trash"), "Del", lambda: panel.files.delete(panel.chosen()))
        self.extras = QPushButton(_tr("Select the extra ones"))
        self.extras.setToolTip(_tr("Of pictures that are alike, select all but one"))
        self.extras.clicked.connect(panel.choose_extras)
        self.extras.setVisible(False)
        buttons: list[QAbstractButton] = [
            self._split(_tr("Normal"), self.normal, None),
            self._split(_tr("Abnormal"), self.abnormal, Group.ABNORMAL),
            self._split(_tr("Reference"), self.reference, Group.REFERENCE),
            self._split(_tr("Trash"), self.trash, None),
        ]
        self._made.picture(buttons[-1], "trash")
        panel.gallery.offer([self.normal, self.abnormal, self.reference, self.trash], buttons, [self.extras])

    def refresh(self, *, running: bool, any_pictures: bool) -> None:
        """Offer what can be done now."""
        for action in self.capturing:
            action.setEnabled(running)
        for button, on in (
            (self.doctor, any_pictures and not self._panel.doctor.runner.running),
            (self.areas, any_pictures or running),
            (self.undo, self._panel.files.can_undo),
        ):
            offer(button, on)

    def relabel(self, group: Group, kind: str | None = None) -> None:
        """Label what is selected; without a kind the one that is filled in for capturing counts."""
        where = self._panel.capture.where(group) if kind is None else Where(group, kind)
        self._panel.files.relabel(self._panel.chosen(), where)

    def _head(self, text: str, picture: str, key: str, do: Callable[[], object]) -> QPushButton:
        button = self._made.button(text, picture, key, do)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.all.addAction(button.property("action"))
        self._panel.buttons.addWidget(button)
        return button

    def _split(self, text: str, action: QAction, kinds: Group | None) -> QToolButton:
        """A button that does what the action does; where there are kinds, its arrow offers them."""
        button = QToolButton()
        button.setObjectName("tool")
        button.setText(text)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setToolTip(f"{action.text()} ({action.shortcut().toString()})")
        button.setAccessibleName(action.text())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        if kinds is not None:
            menu = QMenu(button)
            menu.aboutToShow.connect(lambda: self._fill(menu, kinds))
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        return button

    def _fill(self, menu: QMenu, group: Group) -> None:
        menu.clear()
        for kind in kinds_of(group, self._panel.entries):
            menu.addAction(kind).triggered.connect(lambda _=False, kind=kind: self.relabel(group, kind))
        menu.addSeparator()
        other = _tr("Another kind …") if group is Group.ABNORMAL else _tr("Another class …")
        menu.addAction(other).triggered.connect(lambda *_: self._ask_kind(group))

    def _ask_kind(self, group: Group) -> None:
        dialog = QInputDialog(self._panel)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(_tr("Label pictures"))
        dialog.setLabelText(_tr("Kind of defect:") if group is Group.ABNORMAL else _tr("Class:"))
        dialog.textValueSelected.connect(lambda kind: self.relabel(group, kind.strip()))
        dialog.open()

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        action = self._made.action(text, key, do)
        self.all.addAction(action)
        return action


def _tr(text: str) -> str:
    return QCoreApplication.translate("CollectPanel", text)
