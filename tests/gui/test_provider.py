"""What networks run on, in the window's menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QMenu

from inspector.detectors import providers
from inspector.gui.provider import ProviderMenu, recall_provider

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from inspector.gui.context import Context


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(providers.VARIABLE, "cpu")


def test_that_only_what_is_installed_can_be_chosen_and_is_kept(
    qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "offered", lambda: ["cpu", "cuda"])
    menu = QMenu()
    qtbot.addWidget(menu)
    made = ProviderMenu(menu, context)
    made._look()
    assert [name for name, action in made.actions.items() if action.isEnabled()] == ["cpu", "cuda"]
    assert "not installed" in made.actions["openvino"].text()
    assert "pip install" in made.actions["openvino"].toolTip()
    assert made.actions["cpu"].isChecked()
    made.actions["cuda"].trigger()
    assert providers.in_force() == "cuda"
    providers.use("cpu")
    assert recall_provider(context) == ""
    assert providers.in_force() == "cuda"


def test_that_what_is_gone_since_is_told_and_the_processor_judges(context: Context) -> None:
    context.remember("provider", "openvino")
    assert "offers no openvino" in recall_provider(context)
    assert providers.in_force() == "cpu"
