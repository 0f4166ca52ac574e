"""A corpus file says what belongs to a collection, and what is wrong with it is named."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from etl.errors import UsageError
from etl.fetch.corpus import Corpus, read_corpus
from etl.fetch.corpus_builder import build_sources
from etl.fetch.guard import GuardedClient
from etl.fetch.http_gate import MemoryGate
from etl.fetch.policy import allowed_links, refusal_of, rule_for
from etl.fetch.sources.rights import rights_of
from etl.intake import FullTextLink, Offer

CORPORA = Path(__file__).parents[3] / "corpora"
GOOD: dict[str, Any] = {
    "name": "newts",
    "since": "2026-01-01",
    "sources": [{"kind": "europe_pmc", "query": "newts"}],
}


def write(folder: Path, **changes: Any) -> Path:
    file = folder / "corpus.yaml"
    file.write_text(yaml.safe_dump({**GOOD, **changes}), encoding="utf-8")
    return file


@pytest.mark.parametrize("file", sorted(CORPORA.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_corpus_is_in_order_and_builds_its_sources(file: Path) -> None:
    corpus = read_corpus(file)
    assert corpus.name == file.stem
    client = GuardedClient(MemoryGate())
    built = build_sources(corpus, client, folder=file.parent, contact=None, openalex_key=None)
    assert len(built) == len(corpus.sources)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"name": "New Ts"}, "name"),
        ({"since": "soon"}, "since"),
        ({"sources": []}, "sources"),
        ({"sources": [{"kind": "europe_pmc"}]}, "europe_pmc needs query"),
        ({"sources": [{"kind": "oai_pmh", "url": "ftp://a"}]}, "sources.0.url"),
        ({"sources": [{"kind": "arxiv", "query": "q", "file": "x"}]}, "arxiv takes no file"),
        ({"sources": [{"kind": "scopus", "query": "q"}]}, "sources.0.kind"),
        ({"sources": [{"kind": "list", "file": "none.bib"}]}, "no file none.bib"),
        ({"sources": [{"kind": "folder", "folder": "none"}]}, "no folder none"),
        ({"sources": [{"kind": "folder", "file": "x"}]}, "folder needs folder"),
        ({"sources": [GOOD["sources"][0]] * 2}, "stands twice"),
        ({"licences": {"allow": ["Elsevier"]}}, "'Elsevier' is no SPDX"),
        ({"licences": {"override": {"by": "me", "reason": "because"}}}, "override.reason"),
        ({"overlap_days": 0}, "overlap_days"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_corpus(write(tmp_path, **changes))
    assert named in str(caught.value)
    assert "corpus.yaml" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- 1", "a: [", "name: !!python/object:os.system x"])
def test_what_is_no_corpus_is_wrong_use(tmp_path: Path, text: str) -> None:
    file = tmp_path / "corpus.yaml"
    file.write_text(text)
    with pytest.raises(UsageError):
        read_corpus(file)
    with pytest.raises(UsageError):
        read_corpus(tmp_path / "missing.yaml")


def test_a_changed_question_or_list_is_another_walk(tmp_path: Path) -> None:
    first = read_corpus(write(tmp_path)).sources[0].key
    other = [{"kind": "europe_pmc", "query": "toads"}]
    assert read_corpus(write(tmp_path, sources=other)).sources[0].key != first
    (tmp_path / "ids.txt").write_text("PMC12345\n")
    corpus = read_corpus(write(tmp_path, sources=[{"kind": "list", "file": "ids.txt"}]))
    keys = []
    for line in ("PMC12345\n", "PMC12345\nPMC99999\n"):
        (tmp_path / "ids.txt").write_text(line)
        client = GuardedClient(MemoryGate())
        keys += build_sources(corpus, client, folder=tmp_path, contact=None, openalex_key=None)
    assert len(set(keys)) == 2


def _offer(*licences: str | None, **more: Any) -> Offer:
    links = tuple(
        FullTextLink(
            url=f"https://a.test/{index}",
            version=version,
            rights=rights_of(raw, source="test"),
        )
        for index, (raw, version) in enumerate(
            zip(licences, ("preprint", "accepted", "published"), strict=False)
        )
    )
    values: dict[str, Any] = {
        "source": "s", "source_id": "1", "title": "Newts", "date": "2026", "identifiers": (),
        "links": links, "rights": rights_of(None, source="test"), "stamp": "1",
    }  # fmt: skip
    return Offer(**{**values, **more})


def test_each_version_is_judged_by_its_own_licence_and_the_published_one_goes_first() -> None:
    corpus = Corpus.model_validate({**GOOD, "licences": {"allow": ["CC-BY"]}})
    offer = _offer("cc by", "cc by-nc", "cc-by 4.0")
    assert refusal_of(offer, corpus) is None
    assert [link.version for link in allowed_links(offer.links, corpus)] == [
        "published",
        "preprint",
    ]
    refused = refusal_of(_offer("cc by-nc", None), corpus)
    assert refused is not None
    assert refused.detail == "licence CC-BY-NC-4.0, unknown"


def test_a_licence_may_be_named_with_its_version() -> None:
    corpus = Corpus.model_validate({**GOOD, "licences": {"allow": ["CC-BY-3.0"]}})
    assert rule_for(rights_of("cc by/3.0", source="x"), corpus) is not None
    assert rule_for(rights_of("cc by/4.0", source="x"), corpus) is None


def test_language_is_compared_by_language_and_not_by_spelling() -> None:
    corpus = Corpus.model_validate({**GOOD, "languages": ["en"]})
    for code in ("en", "eng", "en-GB", "EN", None):
        assert refusal_of(_offer("cc by", language=code), corpus) is None
    assert refusal_of(_offer("cc by", language="deu"), corpus) is not None
