"""Folders and reports at addresses: S3 by a server on this computer."""

from __future__ import annotations

import csv
import io
import zlib
from typing import TYPE_CHECKING

import pytest

from inspector.cli.app import run
from inspector.core.errors import Cancelled, FrameError, OutputError, SourceError
from inspector.core.events import Event, Judged
from inspector.core.files import attempt_at
from inspector.core.places import Places
from inspector.jobs.batch import REPORT, RESULTS, SUMMARY, Batch, batch
from inspector.jobs.unfinished import unfinished
from inspector.sources import remote
from inspector.sources.dataset import list_images
from inspector.sources.item import read_item
from inspector.sources.remote import RemoteFolder, parse_folder
from tests.detectors.template import save_template
from tests.jobs.folders import part_set
from tests.sources.s3_server import S3, refusing, serving, silent, use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.allow_logs("werkzeug", "botocore", "urllib3", "aiobotocore")


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with pytest.MonkeyPatch.context() as patch, serving(patch) as s3:
        yield s3


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_template(tmp_path_factory.mktemp("bundle") / "detector")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return part_set(tmp_path / "parts") / "test"


@pytest.fixture
def address(server: S3, folder: Path, request: pytest.FixtureRequest) -> RemoteFolder:
    prefix = f"line {zlib.crc32(request.node.name.encode())}"
    server.put_folder(folder, prefix)
    parsed = parse_folder(f"s3://parts/{prefix}/")
    assert isinstance(parsed, RemoteFolder)
    return parsed


def below(address: RemoteFolder) -> str:
    return address.address.removeprefix("s3://parts/")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_that_a_folder_at_an_address_is_judged_as_on_a_disk(
    address: RemoteFolder, folder: Path, bundle: Path, tmp_path: Path
) -> None:
    assert [item.name for item in list_images(address)] == [item.name for item in list_images(folder)]
    there = batch(Batch(address, bundle, tmp_path / "there"))
    here = batch(Batch(folder, bundle, tmp_path / "here"))
    assert (there.ok, there.ng, there.unreadable) == (here.ok, here.ng, here.unreadable) == (6, 4, 0)
    found = [(out / RESULTS).read_text(encoding="utf-8") for out in (there.out, here.out)]
    assert found[0] == found[1]
    assert batch(Batch(address, bundle, tmp_path / "there")).known == 10


def test_that_an_index_at_an_address_is_believed(address: RemoteFolder, server: S3) -> None:
    name = next(item.relative for item in list_images(address))
    server.put(f"{below(address)}/index.csv", f"path,label,kind\n{name},1,dent\n".encode())
    [item] = list_images(address)
    assert item.label is not None
    assert item.label.kind == "dent"
    assert item.listed is not None
    assert read_item(item).shape == (32, 32, 3)


def test_that_an_object_that_is_gone_is_unreadable_and_nothing_else_is(
    address: RemoteFolder, server: S3, bundle: Path, tmp_path: Path
) -> None:
    items = list_images(address)
    server.delete(f"{below(address)}/{items[0].relative}")
    with pytest.raises(FrameError, match="is not there any more"):
        read_item(items[0])
    gone = items[3].relative

    def delete(event: Event) -> None:
        if not isinstance(event, Judged):
            server.delete(f"{below(address)}/{gone}")

    outcome = batch(Batch(address, bundle, tmp_path / "out"), delete)
    assert (outcome.ok + outcome.ng, outcome.unreadable) == (8, 1)
    [row] = [row for row in rows((outcome.out / RESULTS).read_text("utf-8")) if row["verdict"] == "Unreadable"]
    assert row["error"] == f"{gone} is not there any more."


def test_that_a_report_is_delivered_to_an_address(
    address: RemoteFolder, server: S3, bundle: Path, tmp_path: Path
) -> None:
    places = Places.under(tmp_path / "places")
    arguments = ["batch", str(address), "--detector", str(bundle), "--out", f"{address}-report", "--overlays", "ng"]
    assert run(arguments, places) == 0
    names = server.names(f"{below(address)}-report")
    assert {REPORT, RESULTS, SUMMARY} < set(names)
    assert sum(name.startswith("overlays/") for name in names) == 4
    assert len(rows(server.get(f"{below(address)}-report/{RESULTS}").decode())) == 10


def test_that_a_wrong_bucket_or_an_empty_place_is_told(server: S3) -> None:
    with pytest.raises(SourceError, match="nobucket"):
        list_images(RemoteFolder("s3://nobucket/x"))
    with pytest.raises(SourceError, match="s3://parts/nothing is not there, or holds nothing"):
        list_images(RemoteFolder("s3://parts/nothing"))
    server.put("texts/notes.txt", b"no picture")
    with pytest.raises(SourceError, match="No images in s3://parts/texts"):
        list_images(RemoteFolder("s3://parts/texts"))


def test_that_a_server_that_is_away_is_told_and_what_was_judged_is_kept(
    address: RemoteFolder, server: S3, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Batch(address, bundle, tmp_path / "out", resume=True)
    monkeypatch.setattr(remote, "_TRIES", 1)
    judged = 0

    def cut(event: Event) -> None:
        nonlocal judged
        judged += isinstance(event, Judged)
        if judged == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        batch(job, cut)
    assert attempt_at(job.out).exists()
    with monkeypatch.context() as patch:
        use("http://127.0.0.1:9", patch)
        with pytest.raises(SourceError, match="s3://parts"):
            batch(job)
        with pytest.raises(OutputError, match="could not be written to s3://parts"):
            address.deliver(bundle, last="bundle.json")
    use(server.url, monkeypatch)
    [left] = unfinished(tmp_path)
    assert (left.job.folder, left.done) == (address, 4)
    again: list[Event] = []
    assert batch(left.job, again.append).ok == 6
    assert sum(isinstance(event, Judged) and event.again for event in again) == 4


def test_that_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_TRIES", 1)
    monkeypatch.setattr(remote, "_READ_S", 1)
    with silent() as url:
        use(url, monkeypatch)
        with pytest.raises(SourceError, match="s3://parts/x"):
            list_images(RemoteFolder("s3://parts/x"))


def test_that_a_wrong_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.") as url:
        use(url, monkeypatch)
        with pytest.raises(SourceError, match="Check the keys"):
            list_images(RemoteFolder("s3://parts/x"))
        with pytest.raises(SourceError, match="Check the keys"):
            RemoteFolder("s3://parts/x").read("a.png")


def test_that_a_file_that_this_key_may_not_read_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing("AccessDenied", "Access Denied") as url:
        use(url, monkeypatch)
        with pytest.raises(FrameError, match="permission denied"):
            RemoteFolder("s3://parts/x").read("a.png")


def test_that_a_missing_key_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    try:
        with pytest.raises(SourceError, match="keys"):
            list_images(RemoteFolder("s3://parts/x"))
    finally:
        s3fs.S3FileSystem.clear_instance_cache()


def test_that_addresses_are_told_from_paths(tmp_path: Path) -> None:
    assert parse_folder(str(tmp_path)) == tmp_path
    assert parse_folder(f"file://{tmp_path}/a%20b") == tmp_path / "a b"
    assert parse_folder("s3://parts/a/") == RemoteFolder("s3://parts/a")
    assert RemoteFolder("s3://parts/a").name == "a"
    with pytest.raises(SourceError, match="nowhere://"):
        parse_folder("nowhere://a")
    with pytest.raises(SourceError, match="password"):
        parse_folder("ftp://me:secret@host/a")
