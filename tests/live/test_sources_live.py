"""
One request to each real source: does it still speak as we read it?

Off unless asked for: ``make test ARGS="-m network --live you@example.org"``. The mail address
goes to the sources, as they ask of whoever automates.
"""

from datetime import date

import pytest

from etl.fetch.guard import GuardedClient
from etl.fetch.http_gate import MemoryGate
from etl.fetch.sources.arxiv import Arxiv
from etl.fetch.sources.crossref import Crossref
from etl.fetch.sources.europe_pmc import EuropePmc
from etl.fetch.sources.oai_pmh import OaiPmh
from etl.fetch.sources.openalex import OpenAlex
from etl.fetch.sources.unpaywall import Unpaywall
from etl.fetch.sources.walk import Window
from etl.intake import OfferPage

pytestmark = pytest.mark.network

WINDOW = Window(since=date(2024, 3, 1), until=date(2024, 3, 7))


@pytest.fixture(scope="module")
def mail(request: pytest.FixtureRequest) -> str:
    address: str | None = request.config.getoption("--live")
    if address is None:
        pytest.skip("no source is asked without --live MAIL")
    return address


@pytest.fixture(scope="module")
def client(mail: str) -> GuardedClient:
    return GuardedClient(MemoryGate(), contact=mail)


def whole(page: OfferPage) -> None:
    assert page.offers
    assert page.unmatched == ()
    assert all(offer.title and offer.date and offer.identifiers for offer in page.offers)


def test_europe_pmc(client: GuardedClient) -> None:
    page = EuropePmc(client, '"invasive plants" AND OPEN_ACCESS:Y').page(WINDOW, None)
    whole(page)
    assert any(link.form == "xml" for offer in page.offers for link in offer.links)


def test_arxiv(client: GuardedClient) -> None:
    whole(Arxiv(client, "cat:q-bio.PE").page(WINDOW, None))


def test_crossref(client: GuardedClient, mail: str) -> None:
    page = Crossref(client, "invasive plants", mail=mail, rows=5).page(WINDOW, None)
    assert page.offers
    assert page.next_cursor


def test_crossref_knows_a_retraction(client: GuardedClient, mail: str) -> None:
    # A paper whose retraction of 2010 is as well known as any.
    doi = "10.1016/s0140-6736(97)11096-0"
    found = Crossref(client, "", mail=mail).notices([doi])
    assert any(notice.kind == "retraction" for notice in found)


def test_openalex(client: GuardedClient) -> None:
    assert OpenAlex(client, "invasive plants").page(WINDOW, None).offers


def test_unpaywall(client: GuardedClient, mail: str) -> None:
    assert Unpaywall(client, mail=mail).links("10.1371/journal.pone.0012345")


@pytest.mark.parametrize(
    ("base", "set_spec"),
    [
        ("https://pmc.ncbi.nlm.nih.gov/api/oai/v1/mh/", "biodatajour"),
        ("https://oai.pensoft.net/", "bdj"),
    ],
)
def test_oai_pmh(client: GuardedClient, base: str, set_spec: str) -> None:
    assert OaiPmh(client, base, set_spec=set_spec).page(WINDOW, None).offers
