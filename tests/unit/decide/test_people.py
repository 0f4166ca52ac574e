"""What people settled decides, never without proof and never in silence."""

from dataclasses import replace

import pytest

from etl.decide.people import overrule
from etl.decide.vote import decide
from etl.records.decision import DecisionState, SettledFact
from tests.fakes.ballots import TERMS, cast, names


def settled(label: str, value: str | None = None) -> SettledFact:
    return SettledFact(label=label, basis="adjudicated", value=value)


def test_without_a_settled_fact_the_votes_stand() -> None:
    ballots = [cast(1, names("Adam"))]
    decision = decide(5, TERMS, ballots)

    assert overrule(decision, TERMS, None, ballots) is decision
    for label in ("partly", "unclear"):
        assert overrule(decision, TERMS, settled(label), ballots) is decision


@pytest.mark.parametrize(("label", "state"), [("no", "not_reported"), ("not_applicable",) * 2])
def test_a_no_takes_the_answer_away_and_says_who(label: str, state: str) -> None:
    ballots = [cast(1, names("Adam"))]
    voted = replace(decide(5, TERMS, ballots), probability=0.9, calibration_scope="pooled")

    decision = overrule(voted, TERMS, settled(label), ballots)

    assert decision.state.value == state
    assert decision.voted_state is DecisionState.ANSWERED
    assert decision.reason == f"people: {label} (adjudicated)"
    assert (decision.value, decision.supporters, decision.probability) == (None, (), None)


def test_a_no_that_the_votes_said_too_changes_nothing_but_the_probability() -> None:
    voted = decide(5, TERMS, [cast(1)])

    decision = overrule(voted, TERMS, settled("no"), [cast(1)])

    assert decision == replace(voted, voted_state=DecisionState.NOT_REPORTED)


def test_a_yes_takes_what_an_outvoted_voter_proved() -> None:
    ballots = [cast(1, names("Adam")), cast(2), cast(3)]
    voted = decide(5, TERMS, ballots)

    decision = overrule(voted, TERMS, settled("yes"), ballots)

    assert voted.state is DecisionState.NOT_REPORTED
    assert (decision.state, decision.supporters) == (DecisionState.ANSWERED, (1,))
    assert [item["name"] for item in decision.value] == ["Adam"]


def test_a_yes_that_nobody_proved_is_a_conflict_and_no_answer() -> None:
    decision = overrule(decide(5, TERMS, [cast(1)]), TERMS, settled("yes", "Adam"), [cast(1)])

    assert decision.state is DecisionState.CONFLICTING
    assert decision.value == {"label": "yes", "value": "Adam"}
    assert decision.reason == "people: yes (adjudicated); no voter proved an answer"


def test_of_conflicting_values_the_adjudicator_s_is_taken() -> None:
    ballots = [
        replace(cast(i, names(term)), value_text=term) for i, term in ((1, "Adam"), (2, "SGD"))
    ]
    voted = decide(5, TERMS, ballots)

    named = overrule(voted, TERMS, settled("yes", " sgd "), ballots)

    assert voted.state is DecisionState.CONFLICTING
    assert (named.state, named.supporters) == (DecisionState.ANSWERED, (2,))
    assert overrule(voted, TERMS, settled("yes"), ballots).state is DecisionState.CONFLICTING
