"""A folder of papers: every file is seen, untrusted names stay harmless and reversible."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import FetchError, OutcomeCode, UsageError
from etl.fetch.folder_source import FolderSource


def _take(folder: Path) -> dict[str, bytes]:
    source = FolderSource(folder)
    return {i.locator: source.read_bytes(i, max_bytes=1000) for i in source.iter_items()}


def test_files_are_listed_in_the_order_of_their_paths_and_dot_files_are_not_papers(tmp_path):
    for name in ("b/2.txt", "a.txt", ".DS_Store", ".git/x.txt", "b/1.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    assert list(_take(tmp_path)) == ["a.txt", "b/1.txt", "b/2.txt"]


@pytest.mark.parametrize(
    ("name", "locator"),
    [
        (b"quote'\".pdf", "quote'\".pdf"),
        (b"two\nlines.pdf", "two%0Alines.pdf"),
        (b"a..%2F..%2Fetc.pdf", "a..%252F..%252Fetc.pdf"),
        (b"\xff\xfe.pdf", "%FF%FE.pdf"),
        (b"esc\x1b[31m.pdf", "esc%1B[31m.pdf"),
        ("säule.pdf".encode(), "säule.pdf"),
    ],
)
def test_odd_names_become_harmless_locators_that_lead_back_to_the_file(tmp_path, name, locator):
    (tmp_path / os.fsdecode(name)).write_bytes(b"content")
    assert _take(tmp_path) == {locator: b"content"}


@given(
    st.binary(min_size=1, max_size=40).filter(lambda b: not set(b) & {0, 0x2F} and b[:1] != b".")
)
def test_any_legal_file_name_can_be_read_back(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("names")
    (folder / os.fsdecode(name)).write_bytes(b"x")
    taken = _take(folder)
    assert list(taken.values()) == [b"x"]
    assert all(c.isprintable() or c == "\u00a0" or ord(c) > 0x9F for c in next(iter(taken)))


def test_an_unchanged_file_keeps_its_etag_and_a_changed_one_does_not(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one")
    [before] = FolderSource(tmp_path).iter_items()
    [again] = FolderSource(tmp_path).iter_items()
    path.write_bytes(b"three")
    [after] = FolderSource(tmp_path).iter_items()
    assert before.etag == again.etag != after.etag


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "paper.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(FetchError) as caught:
        _take(folder)
    assert caught.value.outcome.code is OutcomeCode.UNREADABLE_FILE


def test_a_dangling_link_is_listed_and_says_why(tmp_path):
    (tmp_path / "gone.pdf").symlink_to(tmp_path / "nowhere.pdf")
    with pytest.raises(FetchError, match=r"gone\.pdf"):
        _take(tmp_path)


@pytest.mark.parametrize(
    ("content", "code"), [(b"", OutcomeCode.EMPTY_FILE), (b"x" * 1001, OutcomeCode.TOO_LARGE)]
)
def test_empty_and_oversized_files_are_typed(tmp_path, content, code):
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(FetchError) as caught:
        _take(tmp_path)
    assert caught.value.outcome.code is code


def test_a_missing_folder_is_wrong_use(tmp_path):
    with pytest.raises(UsageError, match="is not a folder"):
        FolderSource(tmp_path / "none")
