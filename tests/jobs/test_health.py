from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import Cancelled, SourceError
from inspector.core.events import Event, Progress, Stage
from inspector.imaging.drawing import DEFECTS, draw_part
from inspector.jobs.collection import Collection
from inspector.jobs.health import Finding, Kind, Severity, examine
from inspector.jobs.workspace import Workspace
from inspector.sources.save import write_image
from tests.detectors.pictures import bad, goods
from tests.detectors.template import template

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from inspector.core.image import Image

SIZE = 96


@pytest.fixture(scope="module")
def parts() -> list[Image]:
    """Drawn parts, all different: good ones, and then two of each defect."""
    kinds = [None] * 30 + list(DEFECTS) * 2
    return [draw_part((3, index), size=SIZE, defect=kind)[0] for index, kind in enumerate(kinds)]


def fill(folder: Path, pictures: list[Image], sub: str = "good") -> Path:
    for index, picture in enumerate(pictures):
        write_image(folder / sub / f"{index:03}.png", picture)
    return folder


def found(findings: list[Finding]) -> list[tuple[Kind, tuple[str, ...]]]:
    return [(finding.kind, tuple(path.stem for path in finding.paths)) for finding in findings]


@pytest.mark.parametrize("count", [1, 3, 8, 17, 42])
def test_that_a_clean_varied_set_has_no_findings(tmp_path: Path, parts: list[Image], count: int) -> None:
    assert examine(fill(tmp_path, parts[-count:])) == []


def test_that_fine_textures_are_not_taken_for_one_another(tmp_path: Path) -> None:
    assert examine(fill(tmp_path, goods(40, (128, 128)))) == []


def test_that_equal_pictures_are_one_finding_whatever_their_names_and_formats(
    tmp_path: Path, parts: list[Image]
) -> None:
    fill(tmp_path, parts[:12])
    write_image(tmp_path / "good" / "copy.bmp", parts[3])
    write_image(tmp_path / "good" / "copy.tif", parts[3])
    [finding] = examine(tmp_path)
    assert found([finding]) == [(Kind.DUPLICATE, ("003", "copy", "copy"))]
    assert finding.severity is Severity.WARNING
    assert "3 images" in finding.explanation


def as_bytes(values: npt.NDArray[np.floating]) -> Image:
    image: Image = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return image


def changed(image: Image, how: str) -> Image:
    if how == "JPEG":
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        return as_bytes(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float64))
    if how == "noise":
        noise = np.random.default_rng(0).normal(0, 2, image.shape)
        return as_bytes(image + noise)
    return as_bytes(image * 1.03 + 2)


@pytest.mark.parametrize("how", ["JPEG", "noise", "light"])
@pytest.mark.parametrize("count", [3, 12, 30])
def test_that_nearly_equal_pictures_are_found_and_no_others(
    tmp_path: Path, parts: list[Image], how: str, count: int
) -> None:
    pictures = [*parts[:count], changed(parts[1], how)]
    [finding] = examine(fill(tmp_path, pictures))
    assert found([finding]) == [(Kind.NEAR_DUPLICATE, ("001", f"{count:03}"))]
    assert finding.severity is Severity.NOTE


def test_that_a_series_of_a_part_that_nobody_moved_is_one_finding(tmp_path: Path, parts: list[Image]) -> None:
    rng = np.random.default_rng(0)
    still = [as_bytes(parts[0] + rng.normal(0, 2, parts[0].shape)) for _ in range(20)]
    assert found(examine(fill(tmp_path, [*parts[1:9], *still]))) == [
        (Kind.NEAR_DUPLICATE, tuple(f"{index:03}" for index in range(8, 28)))
    ]


def test_that_one_picture_under_two_labels_is_an_error(tmp_path: Path, parts: list[Image]) -> None:
    fill(tmp_path, parts[:10])
    fill(tmp_path, parts[:1], "scratch")
    [finding] = examine(tmp_path)
    assert (finding.kind, finding.severity) == (Kind.CONTRADICTION, Severity.ERROR)
    assert "abnormal/scratch and normal" in finding.explanation


def test_that_a_part_before_and_after_it_was_damaged_is_no_finding(tmp_path: Path) -> None:
    fill(tmp_path, [draw_part((5, index), size=SIZE)[0] for index in range(10)])
    fill(tmp_path, [draw_part((5, index), size=SIZE, defect=DEFECTS[0])[0] for index in range(10)], "damaged")
    assert examine(tmp_path) == []


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        (Kind.BLURRED, lambda image: cv2.GaussianBlur(image, (0, 0), 2)),
        (Kind.OVEREXPOSED, lambda image: cv2.convertScaleAbs(image, alpha=3)),
        (Kind.OVEREXPOSED, lambda image: cv2.convertScaleAbs(image, beta=90)),
        (Kind.UNDEREXPOSED, lambda image: cv2.convertScaleAbs(image, alpha=0.3)),
        (Kind.UNDEREXPOSED, np.zeros_like),
    ],
    ids=["blurred", "clipped at white", "brighter", "darker", "black"],
)
def test_that_a_spoilt_picture_among_good_ones_is_found(
    tmp_path: Path, parts: list[Image], kind: Kind, spoil: object
) -> None:
    assert callable(spoil)
    pictures = list(parts[:20])
    pictures[7] = spoil(pictures[7])
    findings = examine(fill(tmp_path, pictures))
    assert (kind, ("007",)) in found(findings)
    assert {path.stem for finding in findings for path in finding.paths} == {"007"}


def test_that_a_white_background_is_no_fault(tmp_path: Path, parts: list[Image]) -> None:
    pictures = [cv2.copyMakeBorder(image, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=(255,) * 3) for image in parts]
    assert examine(fill(tmp_path, [np.asarray(image, np.uint8) for image in pictures])) == []


def test_that_a_covered_lens_is_found_though_it_is_usual(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 2, (64, 64, 3)).astype(np.uint8) for _ in range(5)]
    kinds = Counter(finding.kind for finding in examine(fill(tmp_path, pictures)))
    assert kinds[Kind.UNDEREXPOSED] == 5


def test_that_odd_sizes_are_found_together_and_by_their_shape(tmp_path: Path, parts: list[Image]) -> None:
    pictures = [*parts[:10], *(cv2.resize(image, (SIZE, SIZE // 2)).astype(np.uint8) for image in parts[10:12])]
    pictures.append(cv2.resize(parts[12], (2 * SIZE, 2 * SIZE), interpolation=cv2.INTER_CUBIC).astype(np.uint8))
    odd = [finding for finding in examine(fill(tmp_path, pictures)) if finding.kind is Kind.ODD_SIZE]
    assert [(one.severity, len(one.paths)) for one in odd] == [(Severity.WARNING, 2), (Severity.NOTE, 1)]
    assert "96 x 48 pixels instead of the usual 96 x 96" in odd[0].explanation


def test_that_images_of_many_sizes_have_no_odd_one(tmp_path: Path) -> None:
    pictures = [draw_part((4, index), size=64 + 8 * index)[0] for index in range(6)]
    assert examine(fill(tmp_path, pictures)) == []


def test_that_torn_files_are_findings_and_come_first(tmp_path: Path, parts: list[Image]) -> None:
    fill(tmp_path, [*parts[:10], parts[0]])
    torn = tmp_path / "good" / "005.png"
    torn.write_bytes(torn.read_bytes()[:99])
    heard: list[Event] = []
    findings = examine(tmp_path, heard.append)
    assert found(findings) == [(Kind.UNREADABLE, ("005",)), (Kind.DUPLICATE, ("000", "010"))]
    assert heard[0] == Stage("Looking through the images", 11)
    assert Progress(11, 11) in heard


def test_that_normal_images_which_score_worst_are_suspects(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    for index, picture in enumerate([*goods(10), bad(3)]):
        write_image(workspace.normal / f"{index}.png", picture)
    write_image(workspace.abnormal / "spot" / "1.png", bad(4))
    findings = examine(Collection(workspace).entries(), detector=template())
    suspects = [finding for finding in findings if finding.kind is Kind.SUSPECT]
    assert found(suspects) == [(Kind.SUSPECT, ("10",))]
    assert suspects[0].severity is Severity.WARNING
    assert "times its threshold" in suspects[0].explanation
    highest = [finding for finding in findings if finding.kind is Kind.HIGHEST]
    assert findings[-len(highest) :] == highest
    ranks = [int(finding.explanation.split()[1]) for finding in highest]
    assert ranks == list(range(2, 12))


def test_that_nothing_is_found_where_there_is_nothing(tmp_path: Path) -> None:
    assert examine([]) == []
    with pytest.raises(SourceError):
        examine(tmp_path)
    (tmp_path / "torn.png").write_bytes(b"torn")
    assert [finding.kind for finding in examine(tmp_path)] == [Kind.UNREADABLE]


def test_that_examining_can_be_cancelled(tmp_path: Path, parts: list[Image]) -> None:
    def cancel(event: Event) -> None:
        if isinstance(event, Progress):
            raise Cancelled

    with pytest.raises(Cancelled):
        examine(fill(tmp_path, parts[:20]), cancel)
