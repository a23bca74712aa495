from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from inspector.core.errors import DataError, OptionError, SourceError
from inspector.imaging.region import Region, rectangle
from inspector.jobs.advising import advice_for, first_size
from tests.detectors.pictures import good
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path


def test_that_advice_is_by_the_first_picture_that_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "0.png").write_bytes(b"torn")
    save(tmp_path / "1.png", good(1, (300, 700)))
    assert first_size(tmp_path) == (300, 700)
    advice = advice_for(tmp_path, 7)
    assert advice.options == {"size": 256, "tiles": 0.5}
    # Of what is looked at alone.
    assert advice_for(tmp_path, 7, Region((rectangle(0, 0, 0.25, 0.5),))).options == {"size": 320, "tiles": 0.0}


def test_that_without_a_readable_picture_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        advice_for(tmp_path / "gone", 7)
    (tmp_path / "0.png").write_bytes(b"torn")
    with pytest.raises(DataError, match="can be read"):
        advice_for(tmp_path, 7)
    save(tmp_path / "1.png", good(1))
    with pytest.raises(OptionError, match="more than 0"):
        advice_for(tmp_path, -1)
