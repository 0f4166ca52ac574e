"""
Build the part of a prompt that all questions of a paper share.

The pack is the union of the passages retrieved for all questions, in document order, each
sentence on a line of its own behind its id; where it covers most of the body, the body is shown
whole. Equal input and boundary give the same bytes, so that the engine's prefix cache holds them.

Sources: layout and the share of 0.65 from measurements on twenty papers of the founding study
(6.2k computed prompt tokens a paper against 20.0k for passages by question); the boundary, the
marking of every line and, as an option, of every word after "spotlighting", Hines et al.,
arXiv 2403.14720.
"""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from etl.llm.suspicion import find_suspects, is_instruction
from etl.records.chunk import ChunkSet, Passage
from etl.records.document import Document, Zone

__all__ = [
    "PACK_VERSION",
    "WORD_MARK",
    "Pack",
    "chosen_chunks",
    "make_boundary",
    "render_pack",
    "unmarked",
]

PACK_VERSION = "pack/1"

#: Joins the words of a marked paper (the sign of the article); no paper of ours keeps its own.
WORD_MARK = "\u02c6"

_UNREAD_ZONES = frozenset({Zone.REFERENCES, Zone.NOISE, Zone.HIDDEN})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f]")
_TAGS = re.compile("[\U000e0000-\U000e007f]")
#: Chat templates mark roles with these; a tokenizer would read them as such inside a text too.
_TEMPLATE_MARK = re.compile(r"<(?=[|/]|s>|<SYS|[a-z_]+_of_|(?:start|end)_of)|\[(?=/?INST\])")
#: What looks like an id of ours.
_FORGED_ID = re.compile(r"\[(s\d+)\]")
#: Stands for a heading that reads like an instruction.
_LEFT_OUT = "(heading left out)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What is shown of one paper."""

    #: Ends with a line break; byte-identical for all questions that share it.
    text: str
    #: Sentences shown, in document order; their indices are the ids.
    sentences: tuple[int, ...]
    #: Of these, the ones that read like instructions.
    suspects: frozenset[int]
    #: Title and headings that read like instructions; their words are not shown.
    suspect_heading_count: int
    #: Chunks left out for want of room.
    trimmed_count: int


def make_boundary() -> str:
    """
    Sixteen random hex digits that nobody who wrote a paper can know.

    Drawn for each conversation about a paper and stored with its answers. The calls of one
    conversation share it, since anything that differs would destroy the prefix cache; a key made
    of the paper's bytes could be hit by trial.
    """
    return secrets.token_hex(8)


def chosen_chunks(
    chunk_set: ChunkSet,
    passages: Sequence[Sequence[Passage]],
    *,
    is_whole: bool,
    whole_share: float,
) -> list[int]:
    """
    The chunks to show, the most wanted first: the last are left out where room is short.

    Args:
        chunk_set: All chunks of the paper.
        passages: One list a question.
        is_whole: Show every chunk.
        whole_share: In (0, 1]; a choice that covers more of the characters becomes the whole.

    Returns:
        Chunk indices by the best rank that any question gave them, then by how many questions
        want them, then by place; chunks that no question wants come last.
    """
    ranks: dict[int, list[int]] = {}
    for found in passages:
        for passage in found:
            ranks.setdefault(passage.chunk_index, []).append(passage.passage_rank)
    wanted = sorted(ranks, key=lambda chunk: (min(ranks[chunk]), -len(ranks[chunk]), chunk))
    size = [len(chunk.text) for chunk in chunk_set.chunks]
    share = sum(size[chunk] for chunk in wanted) / max(1, sum(size))
    if is_whole or share > whole_share:
        return [*wanted, *(c.chunk_index for c in chunk_set.chunks if c.chunk_index not in ranks)]
    return wanted


def render_pack(
    document: Document,
    chunk_set: ChunkSet,
    chunks: Sequence[int],
    *,
    boundary: str,
    without: frozenset[int] = frozenset(),
    trimmed_count: int = 0,
    is_marked: bool = False,
) -> Pack:
    """
    Write chunks out for a model.

    Args:
        document: Gives sentences and headings.
        chunk_set: The chunks the indices point into.
        chunks: Chunk indices in any order.
        boundary: From :func:`make_boundary`.
        without: Sentences left out.
        trimmed_count: Chunks that were left out before; for the record.
        is_marked: Join the words of the paper by :data:`WORD_MARK`.
    """
    write = _marked if is_marked else _plain
    spans = [chunk_set.chunks[chunk] for chunk in chunks]
    members = {i for span in spans for i in range(span.first_sentence, span.last_sentence + 1)}
    sentences = tuple(i for i in sorted(members - without) if _is_read(document, i))
    headings = [_heading(document.title, write)]
    lines = [f"PAPER {boundary}", f"title: {headings[0]}"]
    section = -1
    for index in sentences:
        sentence = document.sentences[index]
        own_section = document.blocks[sentence.block_index].section_index
        if own_section != section:
            section = own_section
            headings.append(_heading(" > ".join(document.sections[section].path), write))
            lines.append(f"## {headings[-1]}")
        lines.append(f"[s{index}] {write(document.text_of(sentence))}")
    lines.append(f"END {boundary}\n")
    return Pack(
        text="\n".join(lines),
        sentences=sentences,
        suspects=find_suspects(document, sentences),
        suspect_heading_count=headings.count(_LEFT_OUT),
        trimmed_count=trimmed_count,
    )


def unmarked(text: str) -> str:
    """A text that a model has copied from a marked paper, with its blanks."""
    return text.replace(WORD_MARK, " ")


def _heading(text: str, write: Callable[[str], str]) -> str:
    """No answer can rest on a heading, so a suspect one is not shown at all."""
    return _LEFT_OUT if is_instruction(text) else write(text)


def _is_read(document: Document, index: int) -> bool:
    block = document.blocks[document.sentences[index].block_index]
    return block.zone not in _UNREAD_ZONES


def _marked(text: str) -> str:
    return _plain(text.replace(WORD_MARK, "^")).replace(" ", WORD_MARK)


def _plain(text: str) -> str:
    """One line without control characters, template marks and forged ids."""
    line = " ".join(_TAGS.sub("", _CONTROL.sub(" ", text)).split())
    line = _TEMPLATE_MARK.sub(lambda match: match[0] + " ", line)
    return _FORGED_ID.sub(r"(\1)", line)
