"""The sample papers are what their README says, and can be made again."""

import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import yaml
from lxml import etree

ROOT = Path(__file__).parents[2]
PAPERS = ROOT / "samples" / "papers"
NAMES = (
    "beetles.txt",
    "cameras.jats.xml",
    "frogs-single-column.pdf",
    "pollen.tei.xml",
    "terns-two-column.pdf",
)
MADE = ("frogs-single-column.pdf", "pollen.tei.xml", "terns-two-column.pdf")
TEI = {"t": "http://www.tei-c.org/ns/1.0"}


def pages_of(name: str) -> list[str]:
    document = pypdfium2.PdfDocument(PAPERS / name)
    return [page.get_textpage().get_text_bounded() for page in document]


def text_of(name: str) -> str:
    """Everything a reader sees, words divided at a line end joined, blanks made single."""
    if name.endswith(".pdf"):
        raw = "\n".join(pages_of(name)).replace("\x02", "").replace("/\r\n", "/")
    elif name.endswith(".xml"):
        raw = " ".join(str(each) for each in etree.parse(PAPERS / name).getroot().itertext())
    else:
        raw = (PAPERS / name).read_text(encoding="utf-8")
    return " ".join(raw.split())


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    script = ROOT / "samples" / "make_samples.py"
    held_out = folder.parent / f"{folder.name}-held-out"
    arguments = ["--out", folder, "--held-out", held_out]
    subprocess.run([sys.executable, script, *arguments], check=True, timeout=60)
    return folder


def test_the_held_out_papers_are_equal_to_what_their_sources_give_now(made_again: Path) -> None:
    kept = sorted((ROOT / "samples" / "held_out" / "papers").iterdir())
    made = sorted((made_again.parent / f"{made_again.name}-held-out").iterdir())
    assert [path.name for path in kept] == [path.name for path in made]
    assert len(kept) == 2
    assert [path.read_bytes() for path in kept] == [path.read_bytes() for path in made]


def test_the_facts_of_the_held_out_papers_are_in_their_words() -> None:
    folder = ROOT / "samples" / "held_out"
    facts = yaml.safe_load((folder / "facts.yaml").read_text(encoding="utf-8"))
    for name, answers in facts.items():
        source = (folder / "source" / f"{Path(name).stem}.txt").read_text(encoding="utf-8")
        assert set(answers) == {f"CQ{number:02}" for number in range(1, 29)}
        assert [q for quotes in answers.values() for q in quotes if q not in source] == []


def test_the_folder_holds_the_five_papers_and_nothing_else() -> None:
    assert tuple(sorted(path.name for path in PAPERS.iterdir())) == NAMES


@pytest.mark.parametrize("name", MADE)
def test_a_made_paper_is_equal_to_what_its_source_gives_now(made_again: Path, name: str) -> None:
    assert (made_again / name).read_bytes() == (PAPERS / name).read_bytes()


def test_nothing_else_is_made(made_again: Path) -> None:
    assert tuple(sorted(path.name for path in made_again.iterdir())) == MADE


@pytest.mark.parametrize("name", NAMES)
def test_every_paper_says_that_it_is_invented_and_free(name: str) -> None:
    text = text_of(name)
    assert "written for the Florilegium project" in text
    assert "results are invented" in text
    assert "CC0 1.0" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_address_is_reserved_for_examples(name: str) -> None:
    hosts = set(re.findall(r"https?://([^/\s]+)/", text_of(name)))
    assert all(host.endswith("example.org") or host == "doi.org" for host in hosts)
    dois = re.findall(r"\b10\.\d{4,}/", text_of(name))
    assert set(dois) == {"10.5555/"}


@pytest.mark.parametrize("name", NAMES)
def test_no_paper_is_longer_than_a_short_one(name: str) -> None:
    assert 400 <= len(text_of(name).split()) <= 1200


def test_the_two_column_paper_has_what_makes_papers_hard() -> None:
    pages = pages_of("terns-two-column.pdf")
    assert len(pages) == 3
    assert all("Journal of Sample Ecology 7 (2023)" in page for page in pages)
    assert [str(41 + index) in page.splitlines() for index, page in enumerate(pages)] == [True] * 3
    assert ["Beispiel et al.: Counting" in page for page in pages] == [False, True, True]
    assert "neigh\x02bouring" in pages[0]  # pdfium's mark for a hyphen at a line end
    assert "gitlab.example.org/\r\ngravel-birds" in pages[1]
    assert "Table 1. Settings" in pages[1]
    assert "Figure 1. Average" in pages[1]


def test_the_two_column_paper_is_set_in_two_columns() -> None:
    page = pypdfium2.PdfDocument(PAPERS / "terns-two-column.pdf")[1]
    textpage = page.get_textpage()
    lefts = [textpage.get_rect(index)[0] for index in range(textpage.count_rects())]
    middle = page.get_width() / 2
    assert sum(40 < left < 60 for left in lefts) > 20
    assert sum(middle < left < middle + 20 for left in lefts) > 20


@pytest.mark.parametrize("name", ["terns-two-column.pdf", "frogs-single-column.pdf"])
def test_a_pdf_carries_no_date_of_its_making(name: str) -> None:
    content = (PAPERS / name).read_bytes()
    assert set(re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d{4})", content)) == {b"2000"}


def test_every_place_in_the_tei_file_lies_on_a_page() -> None:
    root = etree.parse(PAPERS / "pollen.tei.xml").getroot()
    sizes = {
        page.get("n", ""): (float(page.get("lrx", "")), float(page.get("lry", "")))
        for page in root.iterfind(".//t:surface", TEI)
    }
    boxes = [
        box.split(",")
        for element in root.iterfind(".//*[@coords]")
        for box in element.get("coords", "").split(";")
    ]
    assert len(boxes) > 60
    for page, *numbers in boxes:
        x, y, width, height = map(float, numbers)
        assert width > 0
        assert height > 0
        assert 0 <= x <= x + width <= sizes[page][0]
        assert 0 <= y <= y + height <= sizes[page][1]


def test_no_soft_hyphen_of_a_source_reaches_a_reader() -> None:
    assert not [name for name in NAMES if "{-}" in text_of(name)]


FACTS = yaml.safe_load((ROOT / "samples" / "facts.yaml").read_text(encoding="utf-8"))


def test_facts_cover_every_paper_and_question() -> None:
    assert tuple(sorted(FACTS)) == NAMES
    wanted = [f"CQ{number:02}" for number in range(1, 29)]
    assert all(list(answers) == wanted for answers in FACTS.values())


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_stands_in_its_paper_before_the_references(name: str) -> None:
    text = text_of(name)
    body = text[: text.rindex("References")] if "References" in text else text
    missing = [
        f"{question}: {quote}"
        for question, quotes in FACTS[name].items()
        for quote in quotes
        if quote not in body
    ]
    assert not missing
