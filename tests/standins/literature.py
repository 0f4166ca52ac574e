"""
A small literature that grows night by night, told by two sources in their own forms.

Europe PMC tells of every paper by the day it was indexed, an OAI-PMH repository of every third
one by its datestamp; both may tell late. Their bytes lie on the same stand-in. Of all requests a
share meets a fault, chosen by a seed.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

from tests.standins.sources import Reply, StandInSources

__all__ = ["Literature"]

PAGE = 4
#: Reply of each fault; 429 says how long it wants to rest.
FAULTS = (
    Reply(reset=True),
    Reply(status=500, body=b"<html>oops</html>"),
    Reply(status=503),
    Reply(status=429, headers={"Retry-After": "0.2"}),
    Reply(body=b'{"hit', length=99),
)
#: What only a later night can mend: the client takes it for an answer.
WEB_PAGE = Reply(body=b"<!DOCTYPE html><html><body>Just a moment</body></html>")


@dataclass
class Literature:
    """Papers by number, with the day each source tells of them."""

    server: StandInSources
    seed: int = 0
    #: Share of requests that meet a fault, 0..1.
    fault_share: float = 0.0
    #: Whether a fault may be a web page in a paper's place.
    has_web_pages: bool = False
    told: dict[int, date] = field(default_factory=dict)
    fault_count: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - spread, no secret
        self.server.serve("/epmc/search", self._search)
        self.server.serve("/oai", self._records)

    def add(self, number: int, day: date) -> None:
        """A paper that its sources tell of as of a day."""
        self.told[number] = day
        self.server.serve(f"/epmc/PMC{number:06d}/fullTextXML", self._paper)
        self.server.serve(f"/oai/{number}.xml", self._paper)

    def grow(self, night: int, today: date) -> None:
        """Tonight's papers: up to five, some dated up to three days into the past."""
        chance = random.Random(f"{self.seed}/{night}")  # noqa: S311 - spread, no secret
        for _ in range(chance.randint(1, 5)):
            self.add(len(self.told) + 1, today - timedelta(days=chance.randint(0, 3)))

    def expected(self) -> set[str]:
        """Every paper as the two sources name it."""
        names = {f"europe_pmc:x MED/{number}" for number in self.told}
        return names | {f"oai_pmh:y oai:repo:{number}" for number in self.told if number % 3 == 0}

    def contents(self) -> set[str]:
        """Texts that have to be here: the repository's copies have bytes of their own."""
        found = {f"epmc {number}" for number in self.told}
        return found | {f"oai {number}" for number in self.told if number % 3 == 0}

    def _fault(self, *, in_paper: bool) -> Reply | None:
        with self.server._lock:
            if self._chance.random() >= self.fault_share:
                return None
            self.fault_count += 1
            if in_paper and self.has_web_pages and self._chance.random() < 0.3:
                return WEB_PAGE
            return self._chance.choice(FAULTS)

    def _answer(self, body: bytes, *, prefix: str, in_paper: bool = False) -> Reply:
        fault = self._fault(in_paper=in_paper)
        if fault is not None and "Retry-After" in fault.headers:
            # All paths are one host to the client.
            self.server.rest_after(fault, "/")
        del prefix
        return fault or Reply(body=body)

    def _paper(self, path: str, _query: dict[str, str]) -> Reply:
        source, name = path.strip("/").split("/")[:2]
        number = int("".join(filter(str.isdigit, name)))
        words = f"We counted newts {number} times for {source} {number}."
        body = f"<article>\n\n# methods\n{words}\n\n</article>".encode()
        return self._answer(body, prefix=f"/{source}", in_paper=True)

    def _told(self, since: str, until: str) -> list[int]:
        return sorted(n for n, day in self.told.items() if since <= day.isoformat() <= until)

    def _search(self, _path: str, query: dict[str, str]) -> Reply:
        since, until = query["query"].split("[")[1].rstrip("]").split(" TO ")
        numbers = self._told(since, until)
        start = 0 if query["cursorMark"] == "*" else int(query["cursorMark"])
        rows: list[dict[str, Any]] = [
            {
                "id": str(n), "source": "MED", "title": f"Newts, part {n}", "isOpenAccess": "Y",
                "pmcid": f"PMC{n:06d}", "doi": f"10.1234/{n}", "license": "cc by",
                "dateOfRevision": self.told[n].isoformat(),
            }
            for n in numbers[start : start + PAGE]
        ]  # fmt: skip
        answer: dict[str, Any] = {"hitCount": len(numbers), "resultList": {"result": rows}}
        if start + PAGE < len(numbers):
            answer["nextCursorMark"] = str(start + PAGE)
        return self._answer(json.dumps(answer).encode(), prefix="/epmc")

    def _records(self, _path: str, query: dict[str, str]) -> Reply:
        token = query.get("resumptionToken") or f"{query['from']} {query['until']} 0"
        since, until, start = token.split(" ")
        numbers = [n for n in self._told(since, until) if n % 3 == 0]
        page = numbers[int(start) : int(start) + PAGE]
        following = int(start) + PAGE
        more = f"{since} {until} {following}" if following < len(numbers) else ""
        records = "".join(self._record(n) for n in page)
        error = "" if page else '<error code="noRecordsMatch"/>'
        body = (
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
            + (error or f"<ListRecords>{records}<resumptionToken>{more}</resumptionToken>"
               "</ListRecords>")
            + "</OAI-PMH>"
        )  # fmt: skip
        return self._answer(body.encode(), prefix="/oai")

    def _record(self, number: int) -> str:
        place = escape(self.server.url(f"/oai/{number}.xml"))
        return (
            f"<record><header><identifier>oai:repo:{number}</identifier>"
            f"<datestamp>{self.told[number]}</datestamp></header><metadata>"
            '<d:dc xmlns:d="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            'xmlns="http://purl.org/dc/elements/1.1/">'
            f"<title>Newts, part {number}</title><identifier>10.1234/{number}</identifier>"
            f"<identifier>{place}</identifier><date>2026-01-01</date>"
            "<rights>https://creativecommons.org/licenses/by/4.0/</rights></d:dc></metadata></record>"
        )
