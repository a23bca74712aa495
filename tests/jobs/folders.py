"""Folders of drawn pictures for jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.detectors.pictures import SPOT, bad, good
from tests.sources.drawing import save

if TYPE_CHECKING:
    from pathlib import Path

ODD_NAME = "größe 1 – 良品.png"


def part_set(folder: Path, *, normal: int = 6, abnormal: int = 4) -> Path:
    """A test set in the MVTec layout, with masks; one name is not ASCII."""
    for number in range(normal):
        save(folder / "test" / "good" / (ODD_NAME if number == 0 else f"{number:03}.png"), good(5000 + number))
    for number in range(abnormal):
        save(folder / "test" / "spot" / f"{number:03}.png", bad(6000 + number))
        mask = np.zeros((32, 32, 3), np.uint8)
        y, x = (round(place * 32) for place in SPOT)
        mask[y - 4 : y + 4, x - 4 : x + 4] = 255
        save(folder / "ground_truth" / "spot" / f"{number:03}_mask.png", mask)
    return folder


def train_folder(folder: Path, count: int = 8) -> Path:
    """Good pictures to train on."""
    for number in range(count):
        save(folder / f"{number:03}.png", good(number))
    return folder


def spoil(folder: Path) -> list[str]:
    """Put files that cannot be read beside the pictures, and give their names."""
    whole = next(folder.rglob("*.png")).read_bytes()
    jpeg = save(folder / "whole.jpg", good(1)).read_bytes()
    (folder / "whole.jpg").unlink()
    torn = {
        "torn – 1.jpg": jpeg[: len(jpeg) // 2],
        "torn.png": whole[: len(whole) // 2],
        "empty.png": b"",
        "noise.bmp": np.random.default_rng(0).bytes(500),
        "text.tif": b"this is no picture",
    }
    for name, content in torn.items():
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("no picture, and not named like one")
    return sorted(torn)
