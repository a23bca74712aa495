from __future__ import annotations

import base64
import hashlib
import re
import weakref
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np
import pytest

from inspector.core.cv import cv2
from inspector.core.errors import OutputError
from inspector.core.image import Label
from inspector.reports.html import MOST_KINDS, write_html
from inspector.reports.pictures import Pictured, embed
from tests.reports.made import DENT, GOOD, SCRATCH, judged, tallied, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from inspector.core.image import Image
    from inspector.core.inspection import Inspection
    from inspector.reports.facts import DetectorFacts
    from inspector.reports.tally import Tally

EVIL = "<script>alert('1')</script>\"&<img src=x onerror=alert(2)>.png"


class Page(HTMLParser):
    """A page taken apart: its visible text, and what its attributes point at. Every tag opened is closed."""

    EMPTY = ("meta", "img", "input", "br")

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source, self.text, self.open = source, "", list[str]()
        self.links, self.tags, self.attributes = list[str](), list[str](), list[str]()
        self.feed(source)
        assert self.open == []
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("td", "th", "title", "text"):
            self.text += " "

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text += data


def plain(height: int = 48, width: int = 64, color: tuple[int, int, int] = (200, 30, 30)) -> Image:
    return np.full((height, width, 3), color, np.uint8)


def page(
    folder: Path, facts: DetectorFacts, tally: Tally, pictured: Iterable[Pictured] = (), subject: str = "tray 17"
) -> Page:
    write_html(folder / "report.html", facts, tally, pictured, subject=subject)
    return Page((folder / "report.html").read_text("utf-8"))


@pytest.fixture
def mixed() -> list[Inspection]:
    return [
        *(judged(f"good/{i}.png", 1.0 + i / 10, GOOD) for i in range(10)),
        judged("good/alarm.png", 3.0, GOOD),
        judged("dent/missed.png", 2.0, DENT),
        *(judged(f"scratch/{i}.png", 4.0 + i, SCRATCH) for i in range(4)),
        unreadable("scratch/torn.png", "the file ends too early", SCRATCH),
    ]


def test_that_the_page_asks_nothing_of_a_network(tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]) -> None:
    tally = tallied(mixed)
    shown = page(tmp_path, facts, tally, [Pictured(each, plain(), plain(), plain(), plain()) for each in tally.worst])
    assert all(link.startswith(("#", "data:image/")) for link in shown.links)
    assert not re.search(r"https?://|url\((?!#)|@import", shown.source)
    assert not {"link", "iframe", "object", "embed", "base"} & set(shown.tags)
    assert "default-src 'none'" in shown.source


def test_that_the_page_allows_its_own_script_and_no_other(tmp_path: Path, facts: DetectorFacts) -> None:
    shown = page(tmp_path, facts, tallied([]))
    [script] = re.findall(r"<script>(.*?)</script>", shown.source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in shown.source
    assert not [name for name in shown.attributes if name.startswith("on")]


def test_that_it_says_the_outcome_the_threshold_and_the_detector(
    tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]
) -> None:
    text = page(tmp_path, facts, tallied(mixed)).text
    assert "Inspection report: tray 17" in text
    assert "5 of 16 readable images are NG" in text
    assert "1 file could not be read and was not judged" in text
    assert "threshold 2.5, NG above" in text
    assert "mean + 3 sigma over 80 normal images that were not trained on" in text
    assert "3fa9c1d2" in text
    assert "AUROC" in text
    assert "scratch/torn.png the file ends too early" in text
    assert "Missed: abnormal images judged OK" in text
    assert "Loss by epoch" in text
    assert "inspector 0.1.0" in text
    assert "96 wide, 64 high" in text


def test_that_the_worst_come_first_with_all_there_is_to_see(
    tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]
) -> None:
    tally = tallied(mixed, worst=3)
    shown = page(tmp_path, facts, tally, (Pictured(each, plain(), overlay=plain()) for each in tally.worst))
    assert "3 worst of 16, highest level first; all rows in results.csv." in shown.text
    assert shown.text.index("scratch/3.png") < shown.text.index("scratch/2.png") < shown.text.index("scratch/1.png")
    assert "NG level 2.80 score 7 of 2.5" in shown.text
    assert len([link for link in shown.links if link.startswith("data:image/")]) == 6
    assert "image overlay" in shown.text
    assert "reconstruction" not in shown.text.partition("The worst")[2].partition("Detector and training")[0]


def test_that_pictures_are_let_go_one_by_one(tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]) -> None:
    tally = tallied(mixed)
    before: list[weakref.ref[Image]] = []

    def lazily() -> Iterator[Pictured]:
        for each in tally.worst:
            assert sum(image() is not None for image in before) <= 1
            image = plain()
            before.append(weakref.ref(image))
            yield Pictured(each, image)

    page(tmp_path, facts, tally, lazily())
    assert len(before) == 16


def test_that_the_contact_sheet_has_normal_and_abnormal_apart_and_the_score_below(
    tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]
) -> None:
    tally = tallied(mixed)
    looked = [
        (each.title, Pictured(one, plain(), plain(), plain(), plain()))
        for each in tally.choice.chosen
        for one in each.inspections
    ]
    write_html(tmp_path / "report.html", facts, tally, (), sheet=iter(looked))
    shown = Page((tmp_path / "report.html").read_text("utf-8"))
    part = shown.text.partition("stands below.")[2].partition("Detector and training")[0]
    bad, good = part.index("Abnormal"), part.index("Normal: picked at random of 11")
    assert bad < part.index("scratch/3.png") < part.index("dent/missed.png") < good < part.index("good/")
    assert "input reconstruction difference ×3 score ✗ NG 7 level 2.80" in part
    assert len([link for link in shown.links if link.startswith("data:image/")]) == 3 * len(looked)


def test_that_the_contact_sheet_of_a_method_that_rebuilds_nothing_shows_overlays(
    tmp_path: Path, facts: DetectorFacts, mixed: list[Inspection]
) -> None:
    tally = tallied(mixed)
    looked = [("All", Pictured(mixed[0], plain(), overlay=plain())), ("All", Pictured(mixed[1], plain()))]
    write_html(tmp_path / "report.html", facts, tally, (), sheet=looked)
    shown = Page((tmp_path / "report.html").read_text("utf-8"))
    part = shown.text.partition("stands below.")[2].partition("Detector and training")[0]
    assert "input overlay none score" in part
    assert "difference" not in part


def test_that_the_contact_sheet_stays_small_however_large_its_pictures_are(
    tmp_path: Path, facts: DetectorFacts
) -> None:
    tally = tallied(judged(f"{i}.png", i / 100, GOOD if i < 250 else DENT) for i in range(1000))
    noise = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)  # compresses worse than any photograph
    looked = [
        (each.title, Pictured(one, noise, noise, noise)) for each in tally.choice.chosen for one in each.inspections
    ]
    assert len(looked) == 18
    write_html(tmp_path / "report.html", facts, tally, (), sheet=looked)
    assert (tmp_path / "report.html").stat().st_size < 1_500_000


def test_that_names_are_text_and_nothing_else(tmp_path: Path, facts: DetectorFacts) -> None:
    label = Label(abnormal=True, kind=EVIL)
    tally = tallied([judged(EVIL, 1.0, label), judged("部品 " + "long" * 300, 5.0), unreadable(EVIL, EVIL, label)])
    shown = page(tmp_path, facts, tally, [Pictured(each, plain()) for each in tally.worst], subject=EVIL)
    assert shown.tags.count("script") == 1
    assert shown.tags.count("img") == 2
    assert "onerror" not in shown.attributes
    assert shown.text.count(EVIL) >= 4
    assert "部品" in shown.text


def test_that_a_name_that_is_no_unicode_or_not_printable_is_shown_with_escapes(
    tmp_path: Path, facts: DetectorFacts
) -> None:
    shown = page(tmp_path, facts, tallied([unreadable("a\x00\u202eb\udcff.png")]))
    assert "a\\x00\\u202eb\\udcff.png" in shown.text


@pytest.mark.parametrize(
    ("inspections", "says", "never"),
    [
        ([], "No images were inspected", "Against the labels"),
        ([unreadable("a"), unreadable("b")], "None of the 2 files could be read", "All "),
        ([judged("a", 1.0), unreadable("b")], "1 file could not be read", "images are OK"),
        ([judged("a", 1.0, GOOD), judged("b", 1.5, GOOD)], "nothing can be said about how many bad parts", "AUROC"),
        ([judged("a", 5.0, DENT), judged("b", 3.5, DENT)], "nothing can be said about false alarms", "AUROC"),
        ([judged("a", 1.0), judged("b", 3.5)], "1 of 2 images is NG", "Against the labels"),
        ([judged("a", 0.0)], "The only image is OK", "Unreadable files"),
    ],
)
def test_that_it_says_what_there_is_and_claims_nothing_else(
    tmp_path: Path, facts: DetectorFacts, inspections: list[Inspection], says: str, never: str
) -> None:
    text = page(tmp_path, facts, tallied(inspections), subject="").text
    assert says in text
    assert never not in text


def test_that_a_threshold_set_by_hand_is_said_to_be(tmp_path: Path, facts: DetectorFacts) -> None:
    text = page(tmp_path, facts, tallied([judged("a", 1.0, threshold=0.5, overridden=True)])).text
    assert "the threshold was set by hand and is not the detector's own, 2.5" in text
    assert "threshold 0.5, NG above" in text


def test_that_the_page_stays_small_however_many_files_there_are(tmp_path: Path, facts: DetectorFacts) -> None:
    random = np.random.default_rng(3)
    scores = random.gamma(4.0, 0.5, 20_000)
    kinds = [Label(abnormal=bool(i % 2), kind=f"kind {i}") for i in range(500)]
    tally = tallied(
        unreadable(f"{i}.png") if i % 10 == 0 else judged(f"{i}.png", float(score), kinds[i % 500])
        for i, score in enumerate(scores)
    )
    shown = page(tmp_path, facts, tally)
    assert "The first 200 of 2,000" in shown.text
    assert f"The {MOST_KINDS} labels judged wrong most often, of 450" in shown.text
    assert len(shown.source) < 150_000


def test_that_a_place_that_cannot_be_written_to_is_named(tmp_path: Path, facts: DetectorFacts) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"report\.html"):
        write_html(tmp_path / "file" / "report.html", facts, tallied([]), ())


@pytest.mark.parametrize(("size", "shown"), [((1000, 500), (320, 160)), ((1, 5000), (1, 320)), ((28, 28), (28, 28))])
def test_that_a_picture_is_scaled_down_and_never_up(size: tuple[int, int], shown: tuple[int, int]) -> None:
    embedded = embed(plain(*size))
    kind, _, data = embedded.url.partition(";base64,")
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape[:2] == (embedded.height, embedded.width) == shown
    assert kind == ("data:image/png" if embedded.small else "data:image/jpeg")
    # Red is red: OpenCV decodes to BGR.
    blue, green, red = decoded[0, 0].astype(int)
    assert red > 150
    assert max(green, blue) < 80
