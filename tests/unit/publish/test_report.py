"""The report escapes what papers say, needs nothing from outside, and can be read by everyone."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import html

from etl.publish.plots import Bar, bar_pairs, stacked_bars
from etl.publish.report import STATES, night_html, night_json

HOSTILE = "</title></svg><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\"'"


def _facts(words: str = "plain", **changes: Any) -> dict[str, Any]:
    run = {
        "run_id": 4,
        "kind": "night",
        "state": "failed",
        "started_at": datetime(2026, 3, 1, 2, tzinfo=UTC),
        "ended_at": None,
        "trigger": words,
        "note": words,
        "seconds": Decimal("61.5"),
        "found": 9,
        "duplicate": 1,
        "excluded": 1,
        "failed": 2,
        "answered": 5,
        "open": 0,
    }
    states = [
        {"question_id": "CQ01", "question_key": words, "state": state, "answer_count": count}
        for count, state in enumerate(STATES, start=1)
    ]
    change = {
        "paper": words,
        "question_id": "CQ01",
        "cause": "answerer",
        "old_state": "answered",
        "old_value": words,
        "new_state": None,
        "new_value": None,
    }
    stage = {
        "stage": "parse",
        "in_count": 2,
        "done_count": 1,
        "excluded_count": 0,
        "failed_count": 1,
        "open_count": 0,
        "seconds": Decimal("3.25"),
    }
    failure = {
        "stage": "parse",
        "paper": words,
        "code": "broken_file",
        "detail": words,
        "next_step": words,
        "is_exclusion": False,
        "attempt": 1,
    }
    return {
        "run": run,
        "before": run | {"run_id": 3, "failed": 4, "answered": 3},
        "release": {
            "release_id": 2,
            "is_own": True,
            "changed_count": 1,
            "decision_count": 21,
            "published_at": run["started_at"],
        },
        "release_before": None,
        "new_papers": [
            {
                "paper": words,
                "title": words,
                "doi": None,
                "year": None,
                "outcome": "failed",
                "code": "broken_file",
            }
        ],
        "new_count": 1,
        "stages": [stage],
        "stages_before": [stage | {"seconds": Decimal(9)}],
        "states": states,
        "states_before": states[:3],
        "change_counts": [
            {"cause": "answerer", "old_state": "answered", "new_state": "none", "change_count": 1}
        ],
        "changes": [change],
        "failures": [failure],
        "failure_counts": [
            {"stage": "parse", "code": "broken_file", "is_exclusion": False, "failure_count": 1}
        ],
        "row_limit": 200,
    } | changes


def test_hostile_words_stay_words_everywhere():
    page = html.fromstring(night_html(_facts(HOSTILE)))
    assert page.xpath("//script | //img | //iframe | //object | //embed | //form") == []
    assert not [a for e in page.iter() for a in getattr(e, "attrib", {}) if a.startswith("on")]
    assert page.text_content().count("{{ 7*7 }}") >= 8, "each place shows the words as they are"
    assert len(page.xpath("//head/title")) == 1


def test_the_page_fetches_nothing():
    text = night_html(_facts(HOSTILE))
    assert "default-src 'none'" in text
    page = html.fromstring(text)
    assert page.xpath("//@src | //@href | //link") == []
    assert not re.search(r"url\((?!#)|@import", text)


def test_what_is_drawn_is_also_said():
    page = html.fromstring(night_html(_facts()))
    drawings = page.xpath("//svg[@role='img']")
    assert len(drawings) == 2
    for drawing in drawings:
        assert drawing.get("aria-label")
        assert drawing.xpath("./title")[0].text
        assert drawing.xpath("./desc")[0].text
    undescribed = page.xpath("//svg[not(@role='img') and not(@aria-hidden='true')]")
    assert undescribed == []
    assert page.xpath("//html/@lang") == ["en"]
    heads = page.xpath("//thead//th")
    assert heads
    assert all(head.get("scope") == "col" for head in heads)


def test_states_differ_by_more_than_colour():
    text = night_html(_facts())
    page = html.fromstring(text)
    patterns = {p.get("id") for p in page.xpath("//pattern")}
    plain = {f"hatch-{number}" for number in (0, 2)}
    assert patterns == {f"hatch-{number}" for number in range(len(STATES))} - plain
    used = set(page.xpath("//svg[@role='img']//rect/@class"))
    assert patterns <= used


def test_light_and_dark_define_the_same_colours():
    text = night_html(_facts())
    blocks = re.findall(r":root \{(.*?)\}", text, re.DOTALL)
    light, dark = (set(re.findall(r"(--\w+):", block)) for block in blocks)
    assert light == dark
    assert "prefers-color-scheme: dark" in text


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours ``#rrggbb``."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_all_words_have_the_contrast_of_wcag_aa():
    blocks = re.findall(r":root \{(.*?)\}", night_html(_facts()), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        colours = dict(re.findall(r"--(\w+): (#\w{6});", block))
        pairs = [("ink", "ground"), ("ink", "card"), ("soft", "ground"), ("soft", "card")]
        pairs += [(f"on{number}", f"p{number}") for number in range(len(STATES))]
        pairs += [("accent", "ground")]
        weak = [pair for pair in pairs if _contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
        assert weak == []


def test_figures_stand_against_those_of_the_night_before():
    text = html.fromstring(night_html(_facts())).text_content()
    assert "−2 against 4" in text
    assert "+2 against 3" in text
    assert "= against 9" in text
    assert "1 min 02 s" in text


def test_a_share_leaves_out_what_nobody_could_answer():
    page = html.fromstring(night_html(_facts()))
    (row,) = page.xpath("//details//td[contains(., 'CQ01 plain')]/..")
    # 1 answered of 1 answered, 2 conflicting and 3 not reported.
    assert [cell.text for cell in row.xpath("./td")][-2:] == ["17 %", "17 %"]


@pytest.mark.parametrize("release", [None, {"is_own": False}])
def test_a_night_without_a_release_of_its_own_says_so(release):
    facts = _facts(change_counts=[], changes=[], states=[], states_before=[], stages=[])
    if release:
        release = facts["release"] | release
    page = night_html(facts | {"release": release, "before": None, "failures": []})
    assert ("Nothing changed" in page) == bool(release)
    assert "No answer changed" in page
    assert "Nothing: every paper passed every stage" in page


def test_the_json_holds_the_same_facts():
    facts = json.loads(night_json(_facts(HOSTILE)))
    assert facts["run"]["seconds"] == 61.5
    assert facts["run"]["started_at"] == "2026-03-01T02:00:00+00:00"
    assert facts["failures"][0]["paper"] == HOSTILE


def test_nothing_to_draw_draws_nothing():
    assert bar_pairs([], title="t", words="w") == ""
    assert stacked_bars({"q": {}}, STATES, title="t", words="w") == ""


def test_bars_are_to_scale():
    bars = [
        Bar(label="a", value=10.0, before=None, text="10"),
        Bar(label="b", value=5.0, before=10.0, text="5"),
        Bar(label="c", value=0.0, before=0.0, text="0"),
    ]
    widths = [
        float(w) for w in re.findall(r'width="([\d.]+)"', bar_pairs(bars, title="t", words=""))
    ]
    assert widths[0] == widths[2] == 2 * widths[1]
    assert widths[3:] == [0.0, 0.0]
