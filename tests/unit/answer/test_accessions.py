import pytest

from etl.answer.accessions import read_accessions
from etl.answer.candidates import Candidate
from etl.records.question import AnswerType
from tests.fakes.small_paper import make_question

RECORDS = make_question("What is the link of the published data?", AnswerType.URL_LIST)
CODE = make_question("What is the link of the code?", AnswerType.URL_LIST)


def candidate(text: str, kind: str = "methods") -> Candidate:
    return Candidate(sentence_index=3, text=text, section_kind=kind, score=0.6)


def test_a_deposited_number_is_the_papers_own_and_names_its_archive() -> None:
    text = "Our reads were deposited under accession PRJNA123456."

    (item,) = read_accessions(RECORDS, [candidate(text)])

    assert item.value["name"] == "PRJNA123456"
    assert item.value["host"] == "INSDC project"
    assert item.sentences == (3,)


@pytest.mark.parametrize(
    "text",
    [
        "Reads of PRJNA123456 were downloaded from the archive for our analysis.",
        "The genome PRJNA123456 was assembled by Lee et al. 2019.",
        "We walked XPRJNA123456 steps and deposited our boots.",
    ],
)
def test_numbers_of_others_and_lookalikes_are_left(text: str) -> None:
    assert read_accessions(RECORDS, [candidate(text)]) == []


def test_a_question_about_code_has_no_accession_number() -> None:
    text = "Our reads were deposited under accession PRJNA123456."

    assert read_accessions(CODE, [candidate(text)]) == []
