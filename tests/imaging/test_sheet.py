from __future__ import annotations

import numpy as np
import pytest

from inspector.imaging.sheet import Band, Column, contact_sheet, shrunk, shrunk_size

RED, GREEN = (255, 0, 0), (0, 255, 0)
PAPER = (255, 255, 255)


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 40) -> np.ndarray:
    image = np.full((height, width, 3), colour, np.uint8)
    image.setflags(write=False)
    return image


def area(sheet: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((sheet == colour).all(axis=2).sum())


def box(sheet: np.ndarray, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what has the colour."""
    rows, columns = np.nonzero((sheet == colour).all(axis=2))
    return int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1


def test_that_rows_stand_below_each_other_and_columns_beside() -> None:
    columns = [
        Column({"input": plain(RED), "rebuilt": plain(GREEN)}, "OK 1"),
        Column({"input": plain((0, 0, 255)), "rebuilt": plain((9, 9, 9))}, "OK 2"),
    ]
    sheet = contact_sheet("title", [Band("all", columns)], ["input", "rebuilt"], cell=50)
    red, green, blue, dark = (box(sheet, colour) for colour in (RED, GREEN, (0, 0, 255), (9, 9, 9)))
    assert red[2] - red[0] == red[3] - red[1] == 50
    assert (red[1], red[3]) == (green[1], green[3])
    assert (red[0], red[2]) == (blue[0], blue[2])
    assert green[0] > red[2]
    assert blue[1] > red[3]
    assert (dark[0], dark[1]) == (green[0], blue[1])


def test_that_normal_and_abnormal_stand_apart() -> None:
    bands = [Band("Abnormal", [Column({"input": plain(RED)})]), Band("Normal", [Column({"input": plain(GREEN)})])]
    sheet = contact_sheet("title", bands, ["input"], cell=50)
    assert box(sheet, GREEN)[0] - box(sheet, RED)[2] > 50
    assert box(sheet, GREEN)[1] == box(sheet, RED)[1]


@pytest.mark.parametrize(("height", "width", "expected"), [(400, 100, (60, 15)), (10, 30, (20, 60)), (1, 1, (60, 60))])
def test_that_a_picture_of_any_size_fits_its_cell_and_keeps_its_shape(
    height: int, width: int, expected: tuple[int, int]
) -> None:
    sheet = contact_sheet("", [Band("", [Column({"input": plain(RED, height, width)})])], ["input"], cell=60)
    top, left, bottom, right = box(sheet, RED)
    assert (bottom - top, right - left) == expected
    assert area(sheet, RED) == expected[0] * expected[1]


def test_that_more_columns_than_fit_go_on_below_and_none_is_lost() -> None:
    columns = [Column({"input": plain(RED)}, f"OK {number}") for number in range(7)]
    sheet = contact_sheet("", [Band("", columns)], ["input"], cell=30, across=3)
    assert area(sheet, RED) == 7 * 30 * 30
    narrow = contact_sheet("", [Band("", columns[:3])], ["input"], cell=30, across=3)
    assert sheet.shape[1] == narrow.shape[1]
    assert sheet.shape[0] > narrow.shape[0]


def test_that_the_score_is_written_below_its_column_in_the_colour_of_its_verdict() -> None:
    def below(*, bad: bool, verdict: str = "NG 0.5") -> np.ndarray:
        column = Column({"input": plain(RED)}, verdict, bad)
        sheet = contact_sheet("", [Band("", [column])], ["input"], cell=60)
        _, left, bottom, right = box(sheet, RED)
        return sheet[bottom:, left:right].astype(int)

    warm, cold, empty = below(bad=True), below(bad=False), below(bad=True, verdict="")
    assert (warm[..., 0] - warm[..., 2]).max() > 100
    assert (cold[..., 2] - cold[..., 0]).max() > 100
    assert (empty == 255).all()


def test_that_a_row_that_a_column_lacks_is_left_empty() -> None:
    columns = [Column({"input": plain(RED), "overlay": plain(GREEN)}), Column({"input": plain(RED)})]
    sheet = contact_sheet("", [Band("", columns)], ["input", "overlay"], cell=30)
    assert area(sheet, GREEN) == 30 * 30
    top, _, bottom, right = box(sheet, GREEN)
    beside = sheet[top:bottom, right + 8 : right + 8 + 30]
    assert len(np.unique(beside.reshape(-1, 3), axis=0)) == 1
    assert tuple(beside[0, 0]) != PAPER


def test_that_a_name_too_long_stays_in_its_column_and_shows_its_end() -> None:
    def written(name: str) -> np.ndarray:
        column = Column({"input": plain(RED)}, "OK", lines=[name])
        sheet = contact_sheet("", [Band("", [column, Column({"input": plain(GREEN)})])], ["input"], cell=80)
        bottom, (_, green_left, _, _) = box(sheet, RED)[2], box(sheet, GREEN)
        assert (sheet[bottom:, green_left:] == 255).all()
        return sheet[bottom:]

    long = written("a/very/long/way/" * 200 + "to/017.png")
    assert (long != 255).any()
    assert (long != written("a/very/long/way/" * 200 + "to/018.png")).any()
    assert (long == written("another/long/way/" * 200 + "to/017.png")).all()


@pytest.mark.parametrize("text", ["größe 1 – 良品.png", "line\nbreak", "half \udce9 sign", "\0", "…", "×" * 999])
def test_that_any_text_can_be_written(text: str) -> None:
    column = Column({text: plain(RED)}, text, lines=[text, text])
    sheet = contact_sheet(text, [Band(text, [column])], [text], note=text, cell=40)
    assert area(sheet, RED) == 40 * 40
    assert (sheet[:, :4] == 255).all()
    assert (sheet[:, -4:] == 255).all()


def test_that_a_band_without_columns_takes_no_room() -> None:
    band = Band("all", [Column({"input": plain(RED)})])
    assert (contact_sheet("", [band, Band("none")], ["input"]) == contact_sheet("", [band], ["input"])).all()


@pytest.mark.parametrize(
    ("bands", "rows", "cell", "across"),
    [([], ["a"], 10, 1), ([Band("x")], ["a"], 10, 1), ([Band("x", [Column({})])], [], 10, 1),
     ([Band("x", [Column({})])], ["a"], 0, 1), ([Band("x", [Column({})])], ["a"], 10, 0)],
)  # fmt: skip
def test_that_a_sheet_of_nothing_is_refused(bands: list[Band], rows: list[str], cell: int, across: int) -> None:
    with pytest.raises(ValueError, match="Expected a sheet with at least one column"):
        contact_sheet("", bands, rows, cell=cell, across=across)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [((9000, 12000), 320, (240, 320)), ((100, 50), 320, (100, 50)), ((1, 5000), 10, (1, 10)), ((7, 9), None, (7, 9))],
)
def test_that_shrinking_keeps_the_shape_and_never_enlarges(
    size: tuple[int, int], longest: int | None, expected: tuple[int, int]
) -> None:
    assert shrunk_size(size, longest) == expected
    image = plain(RED, *size) if size[0] < 1000 else plain(RED, 90, 120)
    small = shrunk(image, longest)
    assert small.shape[:2] == shrunk_size(image.shape, longest)
    assert (small == RED).all()
