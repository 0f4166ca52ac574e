"""
Take one found item: bytes, type by content, hash, stored once.

Reads:    a source
Writes:   the file store, core.work, core.full_text, core.location
Gives up: FetchError when the bytes cannot be taken or are no paper
Version:  keys are made of the bytes
Next:     parse
"""

from collections.abc import Callable

from etl.errors import FetchError, OutcomeCode
from etl.fetch.media_type import detect_media_type
from etl.keys import content_key, sha256_hex
from etl.ports import FileStore, Source
from etl.records.full_text import FoundItem, FullText, MediaType

__all__ = ["full_text_of", "take_full_text"]

_SUFFIX = {
    MediaType.PDF: ".pdf",
    MediaType.JATS: ".jats.xml",
    MediaType.TEI: ".tei.xml",
    MediaType.TEXT: ".txt",
}


def take_full_text(
    item: FoundItem,
    source: Source,
    file_store: FileStore,
    *,
    max_bytes: int,
    is_barred: Callable[[str], bool] = lambda _: False,
) -> FullText:
    """
    Read one item and store its bytes.

    Args:
        item: What the source offers.
        source: Where it is.
        file_store: Where the bytes go.
        max_bytes: Larger files are refused.
        is_barred: Tells by SHA-256 whether these bytes were taken down.

    Raises:
        FetchError: The bytes cannot be read, are too many, are no paper, or were taken down.
        ServiceUnavailableError: The file store cannot be written.
    """
    content = source.read_bytes(item, max_bytes=max_bytes)
    full_text = full_text_of(content, name=item.locator)
    if is_barred(full_text.sha256):
        raise FetchError(OutcomeCode.TAKEN_DOWN, "these very bytes were taken down")
    file_store.put(content, sha256=full_text.sha256, suffix=_SUFFIX[full_text.media_type])
    return full_text


def full_text_of(content: bytes, *, name: str) -> FullText:
    """
    Describe bytes as a full text; one distinct content is one work.

    Raises:
        FetchError: The bytes are no paper of a known type.
    """
    media_type = detect_media_type(content, name)
    sha256 = sha256_hex(content)
    return FullText(
        full_text_id=content_key("full_text", sha256),
        sha256=sha256,
        media_type=media_type,
        byte_count=len(content),
        store_path=f"{sha256[:2]}/{sha256}{_SUFFIX[media_type]}",
        work_id=content_key("work", sha256),
    )
