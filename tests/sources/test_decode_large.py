"""What decoding a picture of 12,000 x 9,000 takes; measured in a process of its own, since a peak does not fall."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest

ROOT = Path(__file__).parents[2]

MOST_MB = 1000
"""The picture itself is 324 MB; the decoder holds another with four bytes a pixel. Copies of the whole would add up."""

CODE = """
import sys
from pathlib import Path
from inspector.sources.decode import read_image
from tests.benchmarks.child import peak_mb
before = peak_mb()
image = read_image(Path(sys.argv[1]))
print(peak_mb() - before, *image.shape)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "suffix", "turned"),
    [("RGB", "jpg", True), ("CMYK", "jpg", False), ("RGBA", "png", False), ("I;16", "tif", False)],
)
def test_that_a_very_large_picture_takes_three_times_its_pixels_at_most(
    tmp_path: Path, mode: str, suffix: str, *, turned: bool
) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6 if turned else 1
    path = tmp_path / f"large.{suffix}"
    PIL.Image.new(mode, (12000, 9000)).save(path, exif=exif)
    done = subprocess.run([sys.executable, "-c", CODE, str(path)], capture_output=True, text=True, check=True, cwd=ROOT)
    path.unlink()
    peak, *shape = map(float, done.stdout.split())
    assert shape == ([12000, 9000, 3] if turned else [9000, 12000, 3])
    assert peak < MOST_MB
