"""Bytes are kept once under their hash, and no half file ever has a final name."""

from pathlib import Path

import pytest

from etl.errors import ServiceUnavailableError
from etl.fetch.file_store import FsspecFileStore
from etl.keys import sha256_hex


def _put(store: FsspecFileStore, content: bytes) -> str:
    return store.put(content, sha256=sha256_hex(content), suffix=".pdf")


def test_bytes_come_back_as_they_went_in(tmp_path):
    store = FsspecFileStore(str(tmp_path / "store"))
    path = _put(store, b"%PDF-1.7")
    assert store.get(path) == b"%PDF-1.7"
    assert path == f"{sha256_hex(b'%PDF-1.7')[:2]}/{sha256_hex(b'%PDF-1.7')}.pdf"


def test_a_second_put_writes_nothing(tmp_path):
    store = FsspecFileStore(str(tmp_path))
    path = tmp_path / _put(store, b"once")
    before = path.stat().st_mtime_ns
    _put(store, b"once")
    assert path.stat().st_mtime_ns == before
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [path.name]


def test_a_file_uri_is_the_same_store(tmp_path):
    path = _put(FsspecFileStore(tmp_path.as_uri()), b"same")
    assert FsspecFileStore(str(tmp_path)).get(path) == b"same"


def test_another_file_system_works_by_its_uri():
    store = FsspecFileStore("memory://florilegium-test")
    assert store.get(_put(store, b"in memory")) == b"in memory"


@pytest.mark.parametrize("uri", ["memory://florilegium-removed", "folder"])
def test_bytes_that_had_to_go_are_gone_and_removing_them_twice_is_no_error(tmp_path, uri):
    store = FsspecFileStore(uri if "://" in uri else str(tmp_path / uri))
    path = _put(store, b"to be forgotten")
    store.remove(path)
    store.remove(path)
    with pytest.raises(ServiceUnavailableError):
        store.get(path)


def test_a_write_that_breaks_off_leaves_no_file_under_a_final_name(tmp_path, monkeypatch):
    store = FsspecFileStore(str(tmp_path))

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("etl.fetch.file_store.os.fsync", full)
    with pytest.raises(ServiceUnavailableError, match="No space left"):
        _put(store, b"half")
    assert not list(tmp_path.rglob("*.pdf"))


def test_a_store_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "store").write_bytes(b"a file where the folder should be")
    with pytest.raises(ServiceUnavailableError, match="free space or fix permissions"):
        _put(FsspecFileStore(str(tmp_path / "store")), b"x")


def test_a_lost_file_is_a_service_fault_and_not_the_papers(tmp_path):
    with pytest.raises(ServiceUnavailableError, match="restore it"):
        FsspecFileStore(str(Path(tmp_path))).get("ab/abcd.pdf")
