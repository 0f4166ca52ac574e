"""Names decide whether two versions are one work; a title alone never does."""

from typing import Any

import pytest

from etl.identity import Likeness, Naming, Title, compare, title_key
from etl.intake import Identifier

NEWTS = Title(key=title_key("Counting newts in ponds"), first_author="ada", year=2026)
TOADS = Title(key=title_key("Toads of the northern moor"), first_author="ada", year=2026)


def naming(*names: str, title: Title | None = NEWTS, authority: str = "crossref") -> Naming:
    """Names as ``scheme value``."""
    return Naming(
        identifiers=tuple(
            Identifier(scheme=s, value=v, source="test", authority=authority)
            for s, v in (name.split(" ", 1) for name in names)
        ),
        titles=() if title is None else (title,),
    )


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        (["doi 10.1/a"], ["doi 10.1/a", "pmid 7"], Likeness.SAME),
        (["doi 10.1/a"], ["doi 10.1/b"], Likeness.TITLE),
        # Preprint and article have a DOI each; the arXiv id joins them.
        (["arxiv 2601.00001", "doi 10.1/a"], ["arxiv 2601.00001"], Likeness.SAME),
        (["doi 10.21203/rs.3.rs-1/v1", "doi 10.1/a"], ["doi 10.1/a"], Likeness.SAME),
        (["doi 10.1101/2026.01.01.123456", "pmid 7"], ["doi 10.1/a", "pmid 7"], Likeness.SAME),
        # Two DOIs of articles, one arXiv id (reliability table, row 23).
        (["doi 10.1/a", "arxiv 2601.00001"], ["doi 10.1/b", "arxiv 2601.00001"], Likeness.CONFLICT),
        (["doi 10.1/a", "pmid 7"], ["doi 10.1/a", "pmid 8"], Likeness.CONFLICT),
        (["doi 10.1/a", "pmcid PMC1"], ["doi 10.1/a", "pmcid PMC2"], Likeness.CONFLICT),
        # Genome Research has bioRxiv's prefix and is a journal.
        (["doi 10.1101/gr.1", "pmid 7"], ["doi 10.1101/gr.2", "pmid 7"], Likeness.CONFLICT),
        # Versions of one preprint.
        (["doi 10.20944/p.1.v1"], ["doi 10.20944/p.1.v2"], Likeness.SAME),
        (["doi 10.12688/f1000research.123.1"], ["doi 10.12688/f1000research.123.2"], Likeness.SAME),
        # OpenAlex merges and splits its own ids.
        (["openalex W1"], ["openalex W1"], Likeness.TITLE),
        (["oai oai:a:1"], ["oai oai:a:1"], Likeness.SAME),
    ],
)  # fmt: skip
def test_names_join_works_and_contradict_each_other(
    one: list[str], other: list[str], likeness: Likeness
) -> None:
    assert compare(naming(*one), naming(*other)).likeness is likeness
    assert compare(naming(*other), naming(*one)).likeness is likeness


def test_a_doi_told_without_authority_counts_only_where_the_titles_agree() -> None:
    told = naming("doi 10.1/a", authority="unknown")
    assert compare(told, naming("doi 10.1/a")).likeness is Likeness.SAME
    wrong = compare(told, naming("doi 10.1/a", title=TOADS))
    assert wrong.likeness is Likeness.DOUBTFUL
    assert "10.1/a" in wrong.detail
    assert compare(told, naming("doi 10.1/a", title=None)).likeness is Likeness.DOUBTFUL


@pytest.mark.parametrize(
    ("change", "likeness"),
    [
        ({}, Likeness.TITLE),
        ({"key": title_key("Counting newts in rivers")}, Likeness.UNRELATED),
        ({"key": title_key("Counting newts in a pond")}, Likeness.TITLE),
        ({"first_author": "bea"}, Likeness.UNRELATED),
        ({"first_author": None}, Likeness.UNRELATED),
        ({"year": 2025}, Likeness.TITLE),
        ({"year": 2024}, Likeness.UNRELATED),
        ({"year": None}, Likeness.UNRELATED),
    ],
)
def test_like_titles_of_one_author_and_year_are_for_people_to_look_at(
    change: dict[str, Any], likeness: Likeness
) -> None:
    values = {"key": NEWTS.key, "first_author": "ada", "year": 2026, **change}
    other = naming("doi 10.1/b", title=Title(**values))
    assert compare(naming("doi 10.1/a"), other).likeness is likeness


def test_titles_are_compared_without_signs_and_accents() -> None:
    assert title_key("The Éland: a  Study.") == title_key("the eland — a study")
    assert title_key("鳥類の数") == "鳥類の数"
    assert title_key("…") == ""
