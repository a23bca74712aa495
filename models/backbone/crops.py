# ruff: noqa: INP001 - a script beside the file it helped to make, no package
"""Cut pictures into the crops that the built-in backbone learns from. Takes Pillow, for formats of games.

python models/backbone/crops.py FOLDER... --out crops.npy
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

SIDE = 160
SMALLEST, LARGEST = 110, 900
"""Pixels along the edge of a crop before it is scaled to `SIDE`."""

FLATTEST = 6.0
"""Standard deviation, of 255, under which there is nothing to learn in a crop."""

FORMATS = {".dds", ".jpg", ".jpeg", ".png", ".tga"}
LEFT_OUT = ("norm", "spec", "_n.", "bump", "gloss", "glow", "icons", "crosshair", "fonts", "particles", "cursors")
"""Parts of paths of textures that are no pictures: directions of surfaces, shine, symbols."""


def read(path: Path, rng: np.random.Generator) -> np.ndarray | None:
    """A picture as RGB; what is transparent in a `.png` lies on a random colour."""
    try:
        picture = Image.open(path)
        picture.load()
    except (UnidentifiedImageError, OSError, NotImplementedError, SyntaxError, ValueError):
        return None
    if path.suffix.lower() != ".png" or picture.mode not in ("RGBA", "LA", "P"):
        return np.asarray(picture.convert("RGB"))
    pixels = np.asarray(picture.convert("RGBA"), np.float32)
    share = pixels[:, :, 3:] / 255
    return np.asarray(pixels[:, :, :3] * share + rng.integers(0, 256, 3) * (1 - share), np.uint8)


def crops(picture: np.ndarray, wanted: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Up to `wanted` random squares of a picture, scaled to `SIDE`; none of a picture that is too small."""
    shorter = min(picture.shape[:2])
    found: list[np.ndarray] = []
    if shorter < SMALLEST:
        return found
    for _ in range(3 * wanted):
        edge = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(min(shorter, LARGEST) + 1))))
        edge = min(edge, shorter)
        top, left = rng.integers(0, picture.shape[0] - edge + 1), rng.integers(0, picture.shape[1] - edge + 1)
        square = Image.fromarray(picture[top : top + edge, left : left + edge])
        crop = np.asarray(
            square.resize((SIDE, SIDE), Image.Resampling.BOX if edge > SIDE else Image.Resampling.BICUBIC)
        )
        if crop.astype(np.float32).std(axis=(0, 1)).mean() >= FLATTEST:
            found.append(crop)
        if len(found) == wanted:
            break
    return found


def main() -> None:
    """Read folders, write one array `(N, 160, 160, 3)`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--each", type=int, default=2, help="crops of each picture, at most")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    found: list[np.ndarray] = []
    for path in sorted(one for folder in given.folders for one in folder.rglob("*")):
        if path.suffix.lower() not in FORMATS or any(part in str(path).lower() for part in LEFT_OUT):
            continue
        picture = read(path, rng)
        if picture is not None:
            found.extend(crops(picture, given.each, rng))
    np.save(given.out, np.stack(found)[rng.permutation(len(found))])


if __name__ == "__main__":
    main()
