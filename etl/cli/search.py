"""``florilegium search``: passages of the whole corpus that are near to a text."""

from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.markup import escape

from etl.catalogue.entry import SECTION_KINDS
from etl.clean_text import clean_text
from etl.cli.door import JsonFlag, console, door, show_json
from etl.errors import UsageError
from etl.ports import Reranker
from etl.settings import load_settings
from etl.store.corpus_index import CorpusIndex, Found, SearchFilter
from etl.store.database import open_database
from etl.wiring import build_ports

__all__ = ["search"]


def search(  # noqa: PLR0913 - each is an option of the command
    text: Annotated[str | None, typer.Argument(help="A question, a sentence, some words.")] = None,
    *,
    k: Annotated[int, typer.Option("-k", min=1, max=500, help="Passages wanted.")] = 10,
    paper: Annotated[str | None, typer.Option(help="Part of a paper's path or title.")] = None,
    venue: Annotated[str | None, typer.Option(help="Part of the venue.")] = None,
    from_year: Annotated[int | None, typer.Option(help="Published in this year or later.")] = None,
    to_year: Annotated[int | None, typer.Option(help="Published in this year or before.")] = None,
    section: Annotated[
        list[str] | None, typer.Option(help="Kind of section, e.g. methods; may be repeated.")
    ] = None,
    words: Annotated[
        str | None, typer.Option(help='Words that must stand there, "a phrase".')
    ] = None,
    build_index: Annotated[
        bool, typer.Option("--build-index", help="Make the HNSW index of a large corpus first.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Find the passages of the whole corpus that are nearest to a text."""
    with door(as_json=as_json):
        unknown = sorted(set(section or ()) - SECTION_KINDS)
        if unknown:
            known = ", ".join(sorted(SECTION_KINDS))
            raise UsageError(f"there is no section kind {unknown[0]!r}; there are {known}")
        settings = load_settings()
        ports = build_ports(settings)
        index = CorpusIndex(
            open_database(settings.database), space_id=ports.embedder.space.space_id
        )
        if build_index:
            typer.echo(f"index {index.build()} is there", err=True)
        asked = " ".join(clean_text(text or "").text.split())
        if not asked:
            if build_index:
                return
            raise UsageError("there is nothing to search for: give a TEXT")
        where = SearchFilter(
            paper=paper,
            venue=venue,
            from_year=from_year,
            to_year=to_year,
            sections=tuple(section) if section else None,
            words=words,
        )
        deep = max(k, settings.retrieve.reranked_passages) if ports.reranker else k
        found = index.search(ports.embedder.embed([asked])[0], where, k=deep)
        if ports.reranker is not None:
            found = _reranked(found, asked, ports.reranker, k)
        if as_json:
            show_json(_as_json(found))
        else:
            _show(found, k, is_built=not found.is_more or index.is_built())


def _reranked(found: Found, asked: str, reranker: Reranker, k: int) -> Found:
    """The k passages that the reranker likes best; each has its ``score`` beside the cosine."""
    scores = reranker.score(asked, [row["text"] for row in found.passages])
    rows = [{**row, "score": s} for row, s in zip(found.passages, scores, strict=True)]
    return replace(found, passages=sorted(rows, key=lambda row: -row["score"])[:k])


def _as_json(found: Found) -> dict[str, Any]:
    return {
        "method": found.method,
        "candidates": found.candidate_count,
        "is_more": found.is_more,
        "passages": [
            {"rank": rank, **row, "cosine": round(row["cosine"], 4)}
            for rank, row in enumerate(found.passages, start=1)
        ],
    }


def _show(found: Found, k: int, *, is_built: bool) -> None:
    out = console()
    for rank, row in enumerate(found.passages, start=1):
        year = f" ({row['year']})" if row["year"] else ""
        page = f", page {row['page']}" if row["page"] else ""
        flag = "  [reads like an instruction]" if row["is_suspect"] else ""
        head = f"{rank}. {row['title'] or row['paper']}{year}  {row['cosine']:.3f}{flag}"
        out.print(f"[bold]{escape(head)}[/bold]")
        out.print(escape(f"   {row['paper']}: {row['section'] or row['kind']}{page}"))
        out.print(escape(f"   {row['text']}\n"), soft_wrap=False)
    many = f"more than {found.candidate_count - 1}" if found.is_more else found.candidate_count
    out.print(f"{len(found.passages)} of {many} chunks, {found.method} search")
    if not found.is_more and found.candidate_count < k:
        out.print(f"only {found.candidate_count} chunks pass the filters")
    if not is_built:
        out.print("a corpus of this size wants an index: florilegium search --build-index")
