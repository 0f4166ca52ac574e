"""The PRISMA figure tells its counts to those who see it and to those who do not."""

from typing import Any

from lxml import etree

from etl.publish.prisma import prisma_svg

SVG = "{http://www.w3.org/2000/svg}"


def rows(**counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"stage": stage, "reason": reason, "record_count": count}
        for stage, reasons in counts.items()
        for reason, count in reasons.items()
    ]


def texts(svg: str) -> list[str]:
    root = etree.fromstring(svg.encode())
    return [str(node.text) for node in root.iter(f"{SVG}text")]


def test_every_box_follows_from_the_counts() -> None:
    svg = prisma_svg(
        rows(
            identified={"europe_pmc": 20, "arxiv": 10},
            duplicate={"duplicate": 4},
            screened_out={"licence": 5, "out_of_scope": 2},
            not_retrieved={"unreachable": 1},
            read_out={"no_text_layer": 2, "retracted": 1},
            waiting={"not read yet": 3},
            included={"": 12},
            answered={"": 11},
        ),
        title="Newts <in> ponds",
    )
    lines = texts(svg)
    for line in (
        "Records identified: 30", "europe pmc: 20", "Duplicates: 4", "Records screened: 26",
        "Left out: 7", "licence: 5", "language or terms: 2", "Texts sought: 19",
        "Not retrieved: 1", "Texts assessed: 18", "Left out after reading: 3", "retracted: 1",
        "Still waiting: 3", "Included: 12", "All questions decided: 11",
    ):  # fmt: skip
        assert line in lines
    root = etree.fromstring(svg.encode())
    assert root.get("role") == "img"
    title, words = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "Newts <in> ponds"
    assert words is not None
    assert all(line in str(words.text) for line in ("Records identified: 30", "licence: 5"))


def test_many_reasons_are_summed_up_and_no_box_leaves_the_page() -> None:
    reasons = {f"reason_{number}": number for number in range(1, 20)}
    svg = prisma_svg(rows(identified={"x": 300}, not_retrieved=reasons), title="x")
    lines = texts(svg)
    assert "other reasons: 91" in lines
    root = etree.fromstring(svg.encode())
    width, height = map(float, str(root.get("viewBox")).split()[2:])
    for box in root.iter(f"{SVG}rect"):
        assert float(box.get("x") or 0) + float(str(box.get("width"))) <= width
        assert float(box.get("y") or 0) + float(str(box.get("height"))) <= height


def test_without_a_record_every_box_says_zero() -> None:
    assert "Records identified: 0" in texts(prisma_svg([], title="nothing"))
