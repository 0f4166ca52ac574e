"""``florilegium parse | retrieve | verify``: one paper or text, without a database."""

from pathlib import Path
from typing import Annotated

import typer

from etl import journey
from etl.cli.door import JsonFlag, console, door, show_json
from etl.cli.likeness import show_likeness
from etl.cli.tables import show_rows
from etl.errors import PermanentError, UsageError
from etl.fetch.take import full_text_of
from etl.keys import content_key
from etl.parse.as_json import document_as_json
from etl.parse.compare import compare_documents
from etl.parse.reader import IsolatedParser
from etl.ports import Parser
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, DocumentStatus
from etl.records.question import AnswerType, Question
from etl.retrieve.memory_index import MemoryIndex
from etl.settings import load_settings
from etl.verify.answer_text import verify_answer
from etl.wiring import build_parser, build_ports

__all__ = ["parse", "retrieve", "verify"]

_File = Annotated[Path, typer.Argument(help="A PDF, JATS, TEI or text file.")]


def parse(
    file: _File,
    *,
    compare: Annotated[
        bool, typer.Option("--compare", help="Read it by GROBID and by our own reader.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(help="Another file of the same paper, to compare with.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read one file and show its sections, quality and links, or two readings side by side."""
    with door(as_json=as_json):
        if compare or against is not None:
            show_likeness(compare_documents(*_read_twice(file, against)), as_json=as_json)
            return
        document = _parse(file)
        if as_json:
            show_json(document_as_json(document))
            return
        out = console()
        outcome = f"{document.outcome.code}: {document.outcome.detail}" if document.outcome else ""
        out.print(f"{document.title or '(no title)'}\n{document.status} {outcome}", markup=False)
        quality = document.quality
        show_rows(
            out,
            "Quality",
            [
                {
                    "text_layer": quality.text_layer,
                    "stopword_ratio": f"{quality.stopword_ratio:.3f}",
                    "pages": quality.page_count,
                    "body_chars": quality.body_char_count,
                    "hidden_chars": quality.hidden_char_count,
                    "noise_chars": quality.noise_char_count,
                    "references": quality.reference_count,
                }
            ],
        )
        sections = [
            {"section": " > ".join(s.path), "kind": s.kind, "zone": s.zone}
            for s in document.sections
        ]
        show_rows(out, "Sections", sections)


def retrieve(
    *,
    file: Annotated[Path, typer.Option(help="A PDF, JATS, TEI or text file.")],
    question: Annotated[str | None, typer.Option(help="One question.")] = None,
    questions: Annotated[Path | None, typer.Option(help="A file, one question a line.")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=64, help="Passages a question.")] = 8,
    as_json: JsonFlag = False,
) -> None:
    """Find the passages of one file that bear on questions; one JSON line a question."""
    with door(as_json=as_json):
        asked = _questions(question, questions)
        document = _parse(file)
        if document.status is not DocumentStatus.PARSED:
            code = document.outcome.code if document.outcome else "unreadable"
            raise UsageError(f"{file} cannot be searched: {code}")
        ports = build_ports(load_settings())
        chunk_set, embedded = journey.index_document(document, ports)
        index = MemoryIndex(document, chunk_set, embedded.vectors, ports.retrieve)
        vectors = journey.embed_questions(asked, ports)
        found = index.search(chunk_set.chunk_set_id, asked, vectors, k=k)
        for each, passages in zip(asked, found, strict=True):
            rows = [_passage(document, chunk_set, passage) for passage in passages]
            if as_json:
                show_json({"question": each.text, "passages": rows})
            else:
                columns = ("rank", "section", "score", "text")
                show_rows(console(), each.text, [{c: row[c] for c in columns} for row in rows])


def verify(
    *,
    context: Annotated[Path, typer.Option(help="Text file: what the answer may rest on.")],
    answer: Annotated[Path, typer.Option(help="Text file: the answer to check.")],
    as_json: JsonFlag = False,
) -> None:
    """Check whether a context carries every sentence of an answer."""
    with door(as_json=as_json):
        found = verify_answer(_text(context), _text(answer))
        if as_json:
            show_json(found)
            return
        rows = [
            {
                "supported": sentence["supported"],
                "sentence": sentence["text"],
                "unsupported_terms": ", ".join(sentence["unsupported_terms"]),
            }
            for sentence in found["sentences"]
        ]
        show_rows(console(), f"grounded: {found['grounded']}", rows)


def _parse(file: Path, parser: Parser | None = None) -> Document:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    try:
        full_text = full_text_of(content, name=file.name)
        return (parser or build_parser(load_settings())).parse(full_text, content)
    except PermanentError as error:
        code = error.outcome.code
        raise PermanentError(code, f"{file}: {error.outcome.detail}. {code.next_step}") from error


def _read_twice(file: Path, against: Path | None) -> tuple[Document, Document]:
    """One file by two readers, or two files of one paper by their readers in force."""
    if against is not None:
        return _parse(file), _parse(against)
    settings = load_settings()
    if settings.grobid.url is None:
        raise UsageError(
            "a second reader is needed: set FLORILEGIUM_GROBID__URL, or give another file of "
            "the same paper with --against FILE"
        )
    own = _parse(file, IsolatedParser(settings.parse))
    by_grobid = _parse(file)
    if by_grobid.parser == own.parser:
        raise UsageError(f"{file} is no PDF, and GROBID reads PDFs only; use --against FILE")
    return by_grobid, own


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is no readable UTF-8 text: {error}") from error


def _questions(question: str | None, questions: Path | None) -> list[Question]:
    if (question is None) == (questions is None):
        raise UsageError("give --question TEXT or --questions FILE")
    lines = [question] if question is not None else _text(questions or Path()).splitlines()
    texts = [line.strip() for line in lines if line and line.strip()]
    if not texts:
        raise UsageError("there is no question")
    return [
        Question(
            question_version_id=content_key("ad_hoc", text),
            question_id=f"Q{number:02d}",
            version=1,
            key=f"question_{number}",
            text=text,
            answer_type=AnswerType.SHORT_TEXT,
            section_prior={},
            cues=(),
        )
        for number, text in enumerate(texts, start=1)
    ]


def _passage(document: Document, chunk_set: ChunkSet, passage: Passage) -> dict[str, object]:
    chunk = chunk_set.chunks[passage.chunk_index]
    sentences = document.sentences[chunk.first_sentence : chunk.last_sentence + 1]
    return {
        "rank": passage.passage_rank,
        "text": chunk.text,
        "section": " > ".join(document.sections[chunk.section_index].path),
        "score": round(passage.score, 6),
        "methods": list(passage.methods),
        "sentences": [sentence.sentence_index for sentence in sentences],
        "regions": [
            [r.page, r.x0, r.y0, r.x1, r.y1] for sentence in sentences for r in sentence.regions
        ],
    }
