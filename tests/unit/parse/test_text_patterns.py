import pytest

from etl.parse.link.pattern import doi_in, urls_in
from etl.parse.pdf.caption import is_caption_start
from etl.parse.section_kind import bare_title, section_kind, zone_of_kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("1. Introduction", "introduction"),
        ("2 | MATERIALS AND METHODS", "methods"),
        ("Statistical methods", "methods"),
        ("Evaluation of the proposed method", "other"),
        ("IV. Results and discussion", "results"),
        ("Conclusions and outlook", "conclusion"),
        ("Data availability statement", "data_availability"),
        ("Availability of data and materials", "data_availability"),
        ("Code availability", "code_availability"),
        ("Authors\u2019 contributions", "contributions"),
        ("Declaration of competing interest", "conflicts"),
        ("Acknowledgments:", "acknowledgements"),
        ("LITERATURE CITED", "references"),
        ("Appendix A", "supplement"),
        ("Orchids of the valley", "other"),
        ("", "other"),
    ],
)
def test_titles_have_a_normalised_role(title: str, kind: str) -> None:
    assert section_kind(title) == kind


def test_only_some_roles_open_a_zone() -> None:
    assert zone_of_kind("references") == "references"
    assert zone_of_kind("funding") == "back"
    assert zone_of_kind("methods") is None


def test_numbers_and_closing_marks_are_no_part_of_a_title() -> None:
    assert bare_title("2.3.1 Plots and hay:") == "Plots and hay"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("See https://example.org/a(b).c.", ["https://example.org/a(b).c"]),
        ("(at www.example.org/x)", ["http://www.example.org/x"]),
        ("doi: 10.9999/ABC.1-2, and more", ["https://doi.org/10.9999/abc.1-2"]),
        ("https://doi.org/10.9999/abc", ["https://doi.org/10.9999/abc"]),
        ("no address here, www. or http://", []),
    ],
)
def test_addresses_end_before_the_marks_around_them(text: str, urls: list[str]) -> None:
    assert urls_in(text) == urls


def test_a_doi_is_told_in_lower_case() -> None:
    assert doi_in("https://doi.org/10.9999/AbC).") == "10.9999/abc"
    assert doi_in("10.5 m and 10.99") is None


@pytest.mark.parametrize(
    "text",
    [
        "Figure 1. Plots", "FIGURE 2 | Plots", "Table-1: Orchids", "Fig. 3 Plots of the valley",
        "TABLE II", "Supplementary Figure 4: Hay", "Figure 5",
    ],
)  # fmt: skip
def test_labels_begin_captions(text: str) -> None:
    assert is_caption_start(text)


@pytest.mark.parametrize(
    "text",
    [
        "Figure 2 shows the plots",
        "Figure 1) between",
        "Tables are rare",
        "Table 3 and Table 4 list",
    ],
)
def test_sentences_about_figures_do_not(text: str) -> None:
    assert not is_caption_start(text)
