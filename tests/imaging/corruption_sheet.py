"""Draws every corruption for the README: `python -m tests.imaging.corruption_sheet resources/screenshots`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from inspector.core.cv import cv2
from inspector.detectors.autoencoder.denoising import CORRUPTIONS, Corruption
from inspector.imaging.drawing import draw_part
from inspector.imaging.placement import as_image

if TYPE_CHECKING:
    from inspector.core.image import Image

NAME = "corruptions.png"
_SIDE, _GAP, _HEAD = 160, 8, 26
_SEED = 5


def corruption_sheet() -> Image:
    """A drawn part, and under each corruption's name the same part damaged by it, two examples each."""
    part, _ = draw_part(_SEED, size=_SIDE)
    batch = np.repeat(part[np.newaxis].astype(np.float32) / np.float32(255), 2, axis=0)
    patch = draw_part(_SEED + 1, size=_SIDE, defect="stain")[0].astype(np.float32) / np.float32(255)
    columns = {"good part": batch}
    for name in CORRUPTIONS:
        columns[name] = Corruption((name,), 0.1, [patch])(batch, np.random.default_rng(_SEED))
    step = _SIDE + _GAP
    sheet: Image = np.full((_HEAD + 2 * step, _GAP + len(columns) * step, 3), 255, np.uint8)
    for column, (name, pictures) in enumerate(columns.items()):
        left = _GAP + column * step
        cv2.putText(sheet, name, (left, _HEAD - 9), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (40, 40, 40), 1, cv2.LINE_AA)
        for row, picture in enumerate(pictures):
            sheet[_HEAD + row * step : _HEAD + row * step + _SIDE, left : left + _SIDE] = as_image(picture)
    return sheet


def main(folder: Path) -> None:
    """Write the picture into `folder`."""
    bgr = np.ascontiguousarray(corruption_sheet()[:, :, ::-1])
    whole, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not whole:
        message = f"{NAME} cannot be encoded"
        raise RuntimeError(message)
    (folder / NAME).write_bytes(data.tobytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
