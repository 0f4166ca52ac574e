"""The report escapes what papers say, needs nothing from outside, and can be read by everyone."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import html

from etl.publish.plots import HATCHES, Bar, bar_pairs, dot_pairs, stacked_bars
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
    agreement = {
        "kind_a": "own",
        "rater_a": words,
        "kind_b": "gold",
        "rater_b": "gold",
        "label_count": 30,
        "raw_agreement": 0.9,
        "cohen_kappa": None,
        "gwet_ac1": 0.88,
        "krippendorff_alpha": -0.02,
        "undefined_reason": "only one label was ever given",
    }
    drift = {
        "answerer": words,
        "question_id": "CQ01",
        "question_key": words,
        "now_count": 200,
        "then_count": 900,
        "now_share": 0.25,
        "then_share": 0.5,
        "z": -6.4,
    }
    spend = {
        "model": words,
        "cell_count": 24,
        "call_count": 25,
        "prompt_tokens": 6000,
        "cached_tokens": None,
        "completion_tokens": 900,
        "wait_seconds": 12.5,
        "energy_joules": None,
        "energy_reason": "no power meter is set",
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
        "agreement": [agreement],
        "drift": [drift, drift | {"question_id": "CQ02", "z": 1.0}],
        "review": [
            {
                "task": "label",
                "cell_count": 40,
                "paper_count": 9,
                "doubtful_count": 12,
                "information": 20.5,
            }
        ],
        "spend": [spend],
        "spend_before": [spend | {"prompt_tokens": 7000, "energy_joules": 7200.0}],
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
    assert len(drawings) == 3
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
    assert len(HATCHES) == len(STATES)
    hatched = [hatch for hatch in HATCHES if hatch]
    assert len(set(hatched)) == len(hatched) == len(STATES) - 2
    page = html.fromstring(night_html(_facts()))
    (drawing,) = page.xpath("//svg[starts-with(@aria-label, 'Answers by question')]")
    patterns = drawing.xpath(".//pattern/@id")
    assert len(set(patterns)) == len(hatched)
    fills = re.findall(r"fill: url\(#(\w+)\)", html.tostring(drawing, encoding="unicode"))
    assert sorted(fills) == sorted(patterns), "each hatched state is drawn once in one bar"
    legend = page.xpath("//ul[@class='legend']/li")
    assert [item.text_content() for item in legend] == [s.replace("_", " ") for s in STATES]


def test_no_id_stands_twice_on_the_page():
    ids = html.fromstring(night_html(_facts())).xpath("//@id")
    assert ids
    assert len(ids) == len(set(ids))


def test_equal_facts_give_equal_bytes():
    assert night_html(_facts()) == night_html(_facts())
    assert not re.search(r"matplotlib|<dc:|20[0-9][0-9]-[0-9]{2}-[0-9]{2}T", night_html(_facts()))


def test_drift_beyond_chance_is_named_and_counted():
    text = html.fromstring(night_html(_facts())).text_content()
    assert "1 of 2 pairs of question and answerer answered more or less often" in text
    assert "−6.40" in text
    calm = _facts(drift=[_facts()["drift"][1]])
    assert "None of 1 pairs" in html.fromstring(night_html(calm)).text_content()


def test_shares_that_do_not_differ_are_not_drawn():
    same = _facts()["drift"][0] | {"now_share": 1.0, "then_share": 1.0, "z": None}
    page = html.fromstring(night_html(_facts(drift=[same])))
    assert "None of 1 pairs" in page.text_content()
    assert page.xpath("//svg[starts-with(@aria-label, 'Share answered')]") == []


def test_what_is_not_known_is_said_and_not_zero():
    text = html.fromstring(night_html(_facts())).text_content()
    assert "not known: no power meter is set" in text
    assert "not told" in text
    assert "6000 (−1000)" in text
    assert "– because only one label was ever given" in text
    known = _facts(spend=_facts()["spend_before"])
    assert "2.0 Wh" in html.fromstring(night_html(known)).text_content()


def test_a_quiet_night_says_so_everywhere():
    quiet = _facts(agreement=[], drift=[], review=[], spend=[], spend_before=[])
    text = html.fromstring(night_html(quiet)).text_content()
    assert "No language model was asked" in text
    assert "Nobody to compare" in text
    assert "None: there is nothing that a person could settle" in text
    assert "Nothing was asked in this run that was asked" in text


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
    (row,) = page.xpath("//*[@aria-label='Answers by question and state']//tbody/tr")
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
    assert "Nothing new: no paper failed in this run. 3 failed or were set aside before" in page
    clean = facts["run"] | {"failed": 0, "excluded": 0}
    page = night_html(facts | {"run": clean, "failures": []})
    assert "Nothing: every paper passed every stage" in page


def test_the_json_holds_the_same_facts():
    facts = json.loads(night_json(_facts(HOSTILE)))
    assert facts["run"]["seconds"] == 61.5
    assert facts["run"]["started_at"] == "2026-03-01T02:00:00+00:00"
    assert facts["failures"][0]["paper"] == HOSTILE


def test_nothing_to_draw_draws_nothing():
    assert bar_pairs([], title="t", words="w") == ""
    assert dot_pairs([], title="t", words="w") == ""
    assert stacked_bars({"q": {}}, STATES, title="t", words="w") == ""


def _widths(drawing: str) -> list[float]:
    """Of all rectangles that are drawn as paths, without the ground."""
    paths = re.findall(r'<path d="M ([\d.]+) [\d.]+ \nL ([\d.]+) ', drawing)
    return [round(float(end) - float(start), 3) for start, end in paths]


def test_bars_are_to_scale():
    bars = [
        Bar(label="a", value=10.0, before=None, text="10"),
        Bar(label="b", value=5.0, before=10.0, text="5"),
        Bar(label="c", value=0.0, before=0.0, text="0"),
    ]
    _ground, *widths = _widths(bar_pairs(bars, title="t", words=""))
    assert widths[0] == widths[2] == 2 * widths[1]
    assert widths[3:] == [0.0, 0.0]


def test_a_share_is_drawn_where_it_is_on_the_line():
    bars = [Bar(label="a", value=0.75, before=0.25, text="")]
    drawing = dot_pairs(bars, title="t", words="")
    line, joint = re.findall(r"M ([\d.]+) [\d.]+ \nL ([\d.]+) [\d.]+ \n\"", drawing)[:2]
    start, end = float(line[0]), float(line[1])
    assert [(float(x) - start) / (end - start) for x in joint] == pytest.approx([0.25, 0.75])


def test_a_dollar_and_a_bracket_in_a_label_stay_what_they_are():
    drawing = bar_pairs(
        [Bar(label="$x_1$ <b>", value=1, before=None, text="")], title="t", words=""
    )
    assert "$x_1$ &lt;b&gt;" in drawing
