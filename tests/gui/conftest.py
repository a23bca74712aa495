"""What a panel stands in: a theme, and a context with a workspace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSettings

from inspector.gui.context import Context
from inspector.gui.garbage import GarbageCollector
from inspector.gui.theme import Theme
from inspector.jobs.workspace import Workspace
from tests.detectors.template import save_template
from tests.jobs.folders import part_set

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from inspector.core.places import Places


@pytest.fixture(autouse=True, scope="package")
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    """As in the program, the thread that a test runs in is the only one to collect garbage."""
    made = GarbageCollector(qapp)
    yield made
    made.end()
    made.deleteLater()


@pytest.fixture(autouse=True)
def _what_a_test_leaves_is_collected(collector: GarbageCollector) -> Iterator[None]:
    # Its event loop runs too seldom for the collector's timer.
    yield
    collector.collect()


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "light")
    yield made
    made.setParent(None)
    made.deleteLater()


@pytest.fixture
def context(theme: Theme, places: Places, tmp_path: Path) -> Iterator[Context]:
    made = Context(places, theme, QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    made.use(Workspace.create(tmp_path / "workspace"))
    yield made
    made.close()


@pytest.fixture
def workspace(context: Context) -> Workspace:
    """The one that is open."""
    assert context.workspace is not None
    return context.workspace


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A detector called `spots`."""
    return save_template(tmp_path_factory.mktemp("bundle") / "spots")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six good parts and four with a defect."""
    return part_set(tmp_path / "parts") / "test"
