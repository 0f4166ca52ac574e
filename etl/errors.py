"""
Everything that can go wrong, as one tree.

::

    FlorilegiumError
    ├── PermanentError    the same input will fail again: record it, go on
    │   ├── FetchError        the bytes could not be taken
    │   ├── ParseError        the bytes could not be read as a paper
    │   ├── ChunkError        the document has nothing to index
    │   ├── EmbedError        a vector is not usable
    │   ├── AnswerError       an answerer broke its contract
    │   └── CatalogueError    a question or vocabulary is wrong (names file and line)
    ├── TransientError    the same input may succeed later: retry with a pause
    │   └── ServiceUnavailableError   database, GROBID, model or Airflow does not answer
    │       └── EndpointDownError         one of several servers of a model; another may answer
    ├── SkipError         nothing to do here, and that is fine
    │   ├── RunInProgressError   another run holds the night
    │   ├── StaleAttemptError    a later attempt owns this item; our write was refused
    │   └── BudgetSpentError     the run may ask no more; the next run goes on from here
    ├── GateError         too large a share of a stage failed: stop before publishing
    └── UsageError        the caller asked for something that cannot be

Whatever concerns one paper carries an :class:`Outcome`: a code people can search for,
what happened, and what to do next.
"""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "AnswerError",
    "BudgetSpentError",
    "CatalogueError",
    "ChunkError",
    "EmbedError",
    "EndpointDownError",
    "FetchError",
    "FlorilegiumError",
    "GateError",
    "Outcome",
    "OutcomeCode",
    "ParseError",
    "PermanentError",
    "RunInProgressError",
    "ServiceUnavailableError",
    "SkipError",
    "StaleAttemptError",
    "TransientError",
    "UsageError",
]


class OutcomeCode(StrEnum):
    """Why a paper did not get its answers. Every code has a cause and a next step."""

    UNREADABLE_FILE = "unreadable_file"
    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    UNSUPPORTED_TYPE = "unsupported_type"
    NOT_A_PDF = "not_a_pdf"
    HTML_PAGE = "html_page"
    ENCRYPTED = "encrypted"
    BROKEN_FILE = "broken_file"
    WRONG_ENCODING = "wrong_encoding"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    PARSER_CRASH = "parser_crash"
    BAD_XML = "bad_xml"
    NO_PAGES = "no_pages"
    TOO_MANY_PAGES = "too_many_pages"
    NO_TEXT_LAYER = "no_text_layer"
    GARBLED_TEXT = "garbled_text"
    TOO_LITTLE_TEXT = "too_little_text"
    ABSTRACT_ONLY = "abstract_only"
    BAD_VECTOR = "bad_vector"
    BROKEN_CONTRACT = "broken_contract"
    SERVICE_UNAVAILABLE = "service_unavailable"
    INTERNAL = "internal"
    REFUSED_ADDRESS = "refused_address"
    UNREACHABLE = "unreachable"
    REDIRECT = "redirect"
    TOO_SLOW = "too_slow"
    INCOMPLETE = "incomplete"
    HTTP_STATUS = "http_status"
    RATE_LIMITED = "rate_limited"
    BROKEN_ANSWER = "broken_answer"
    LICENCE = "licence"
    NO_FULL_TEXT = "no_full_text"
    OUT_OF_SCOPE = "out_of_scope"
    TAKEN_DOWN = "taken_down"
    BUDGET_SPENT = "budget_spent"

    @property
    def next_step(self) -> str:
        """What the owner of the paper can do about it, in one sentence."""
        return _NEXT_STEP[self]

    @property
    def is_exclusion(self) -> bool:
        """True where the paper was read and set aside; False where the work on it failed."""
        return self in _EXCLUSIONS


_NEXT_STEP = {
    OutcomeCode.UNREADABLE_FILE: "Check that the file exists and that this user may read it.",
    OutcomeCode.EMPTY_FILE: "The file has no bytes: download it again.",
    OutcomeCode.TOO_LARGE: "Split the file, or raise FLORILEGIUM_PARSE__MAX_BYTES.",
    OutcomeCode.UNSUPPORTED_TYPE: "Give PDF, JATS, TEI or plain text; convert other formats first.",
    OutcomeCode.NOT_A_PDF: "The name says PDF but the bytes do not: download it again.",
    OutcomeCode.HTML_PAGE: "This is a web page, often a publisher's landing page: fetch the PDF.",
    OutcomeCode.ENCRYPTED: "Remove the password and give the file again.",
    OutcomeCode.BROKEN_FILE: "The file is damaged: download it again or repair it (qpdf).",
    OutcomeCode.WRONG_ENCODING: "The text is not UTF-8: save it as UTF-8 and give it again.",
    OutcomeCode.TIMEOUT: "The parser ran out of time: check the file, or use another reader.",
    OutcomeCode.MEMORY: "The parser ran out of memory: the file is a bomb or needs another reader.",
    OutcomeCode.PARSER_CRASH: "The parser died on this file: report it, or use another reader.",
    OutcomeCode.BAD_XML: "The XML is not well formed or not a paper: download it again.",
    OutcomeCode.NO_PAGES: "The PDF holds no page: download it again.",
    OutcomeCode.TOO_MANY_PAGES: "Split the file, or raise FLORILEGIUM_PARSE__MAX_PAGES.",
    OutcomeCode.NO_TEXT_LAYER: "No page holds text: it is a scan or blank; run OCR (ocrmypdf).",
    OutcomeCode.GARBLED_TEXT: "The text layer is cipher: run OCR (ocrmypdf --force-ocr).",
    OutcomeCode.TOO_LITTLE_TEXT: "Only a cover or fragment is here: fetch the full text.",
    OutcomeCode.ABSTRACT_ONLY: "Only the abstract is here: fetch the full text.",
    OutcomeCode.BAD_VECTOR: "The embedder gave an unusable vector: check the model.",
    OutcomeCode.BROKEN_CONTRACT: "An answerer broke its contract: see the detail, report it.",
    OutcomeCode.SERVICE_UNAVAILABLE: "Run `florilegium doctor`, start the service, run again.",
    OutcomeCode.INTERNAL: "This is our fault: report it with the detail shown here.",
    OutcomeCode.REFUSED_ADDRESS: "The link leads to no public web address: correct or remove it.",
    OutcomeCode.UNREACHABLE: "The host does not answer: the next run asks again.",
    OutcomeCode.REDIRECT: "The link leads in circles or too far: give the final address.",
    OutcomeCode.TOO_SLOW: "The host sends too slowly: the next run asks again.",
    OutcomeCode.INCOMPLETE: "The transfer broke off: the next run asks again.",
    OutcomeCode.HTTP_STATUS: "The host refuses this link: check it in a browser, or give another.",
    OutcomeCode.RATE_LIMITED: "The source's limit is used up: the next run goes on from here.",
    OutcomeCode.BROKEN_ANSWER: "The source's answer has changed its form: report it.",
    OutcomeCode.LICENCE: "The corpus excludes this licence: change its policy, or ask for it.",
    OutcomeCode.NO_FULL_TEXT: "No open copy is known: give the file by hand.",
    OutcomeCode.OUT_OF_SCOPE: "The corpus leaves it out by language or terms: change its file.",
    OutcomeCode.TAKEN_DOWN: "Its text had to go, out.takedowns says why: nothing is to be done.",
    OutcomeCode.BUDGET_SPENT: "Nothing is lost: the next run goes on, or raise the run's budget.",
}

_EXCLUSIONS = frozenset(
    {
        OutcomeCode.UNSUPPORTED_TYPE,
        OutcomeCode.NO_TEXT_LAYER,
        OutcomeCode.GARBLED_TEXT,
        OutcomeCode.TOO_LITTLE_TEXT,
        OutcomeCode.ABSTRACT_ONLY,
        OutcomeCode.LICENCE,
        OutcomeCode.NO_FULL_TEXT,
        OutcomeCode.OUT_OF_SCOPE,
        OutcomeCode.TAKEN_DOWN,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One paper's typed end at one stage: what happened and what to do."""

    #: Machine-readable cause.
    code: OutcomeCode
    #: What happened, in words, without text of the paper.
    detail: str


class FlorilegiumError(Exception):
    """Base of all errors raised on purpose."""


class PermanentError(FlorilegiumError):
    """The same input will fail again; it is recorded on its paper and the batch goes on."""

    def __init__(self, code: OutcomeCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.outcome = Outcome(code=code, detail=detail)


class FetchError(PermanentError):
    """The bytes of a paper could not be taken."""


class ParseError(PermanentError):
    """The bytes could not be read as a paper."""


class ChunkError(PermanentError):
    """The document has nothing that can be indexed."""


class EmbedError(PermanentError):
    """A vector is not usable (NaN, zero, wrong size)."""


class AnswerError(PermanentError):
    """An answerer broke its contract."""


class CatalogueError(FlorilegiumError):
    """A question or vocabulary is wrong; the message names file and line."""


class TransientError(FlorilegiumError):
    """The same input may succeed later; retry after a pause."""


class ServiceUnavailableError(TransientError):
    """A service this stage needs does not answer; the run pauses, attempts are not burnt."""


class EndpointDownError(ServiceUnavailableError):
    """One server of a model does not answer; its papers may go to another server."""


class SkipError(FlorilegiumError):
    """Nothing to do here, and that is fine."""


class RunInProgressError(SkipError):
    """Another run holds the night."""


class StaleAttemptError(SkipError):
    """A later attempt owns this item; our write was refused and nothing was changed."""


class BudgetSpentError(SkipError):
    """The run has spent what it may on language models; what is left waits for the next run."""


class GateError(FlorilegiumError):
    """Too large a share of a stage failed; what succeeded is kept, nothing is published."""


class UsageError(FlorilegiumError):
    """The caller asked for something that cannot be."""
