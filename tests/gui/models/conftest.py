"""What a view model works on: these need no window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.jobs.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "workspace")
