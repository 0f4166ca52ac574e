from etl.answer.candidates import Candidate
from etl.answer.hosts import holds_hosts, read_hosts
from etl.answer.vocabulary import Vocabulary
from etl.records.document import Zone
from etl.records.question import AnswerType, Question
from tests.fakes.small_paper import make_document, make_question

HOSTS = Vocabulary(
    terms={
        "GitHub": ("GitHub", "github.com"),
        "figshare": ("figshare", "figshare.com", "10.6084/m9.figshare"),
        "Zenodo": ("Zenodo", "zenodo.org"),
        "on request": ("on request", "upon request"),
    }
)
CODE = make_question("Which platform hosts the source code?", AnswerType.ENUM_LIST)
RECORDS = make_question("Which repository hosts the data?", AnswerType.ENUM_LIST)


def hosts(question: Question, *sentences: str) -> list[str]:
    paper = make_document(("methods", Zone.BODY, sentences))
    candidates = [
        Candidate(sentence_index=i, text=text, section_kind="methods", score=0.6)
        for i, text in enumerate(sentences)
    ]
    return [item.value["name"] for item in read_hosts(paper, question, HOSTS, candidates)]


def test_a_vocabulary_of_domains_is_recognised() -> None:
    assert holds_hosts(HOSTS)
    assert not holds_hosts(Vocabulary(terms={"Adam": ("Adam",), "SGD": ("SGD",)}))
    assert not holds_hosts(Vocabulary(terms={}))


def test_the_host_of_an_own_link_is_named() -> None:
    sentence = "The code is available at https://github.com/ada/leaves."

    assert hosts(CODE, sentence) == ["GitHub"]
    assert hosts(RECORDS, sentence) == []


def test_a_host_named_in_words_counts_for_what_is_offered_there() -> None:
    sentence = "All images are deposited on Figshare and the data are available upon request."

    assert hosts(RECORDS, sentence) == ["figshare", "on request"]
    assert hosts(CODE, sentence) == []


def test_the_page_of_a_tool_is_no_host_of_the_study() -> None:
    sentence = "We labelled using BirdTagger (code available at https://github.com/eve/tagger)."

    assert hosts(CODE, sentence) == []
