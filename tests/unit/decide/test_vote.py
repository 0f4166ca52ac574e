from itertools import permutations
from typing import Any

import pytest

from etl.decide.rule import decision_fingerprint
from etl.decide.vote import decide
from etl.errors import UsageError
from etl.records.ballot import Ballot, CellState
from etl.records.decision import DecisionState
from etl.records.question import AnswerType, Question
from tests.fakes.ballots import TERMS, cast, names
from tests.fakes.small_paper import make_question

VERDICT = make_question("Is it so?", AnswerType.YES_NO)
TEXT = make_question("What is it for?", AnswerType.SHORT_TEXT)


def supported(value: list[dict[str, Any]], support: int = 1) -> list[dict[str, Any]]:
    return [{**item, "support": support} for item in value]


@pytest.mark.parametrize(
    "state", [s for s in CellState if s not in {CellState.ANSWERED, CellState.FAILED}]
)
def test_one_ballot_decides_alone(state: CellState) -> None:
    answered = decide(5, TERMS, [cast(3, names("Adam"))])
    other = decide(5, TERMS, [cast(3, state=state)])

    assert (answered.state, answered.value) == (
        DecisionState.ANSWERED,
        supported(names("Adam")),
    )
    assert (answered.work_id, answered.supporters, answered.reason) == (5, (3,), None)
    assert (other.state.value, other.reason, other.value) == (state.value, "said 3", None)


def test_failed_ballots_are_no_voters() -> None:
    failed = cast(1, state=CellState.FAILED)

    assert decide(5, TERMS, [failed, cast(2, names("SGD"))]).state is DecisionState.ANSWERED
    assert decide(5, TERMS, [failed]).state is DecisionState.FAILED
    assert decide(5, TERMS, [failed]).reason == "said 1"


def test_no_ballot_is_a_failed_decision_and_never_an_error() -> None:
    decision = decide(5, TERMS, [])

    assert (decision.state, decision.document_id) == (DecisionState.FAILED, None)
    assert decision.reason == "no ballot was cast"


def test_the_majority_state_wins_and_a_tie_goes_to_doubt() -> None:
    yes, again, no = cast(1, names("Adam")), cast(2, names("Adam")), cast(3)

    assert decide(5, TERMS, [yes, again, no]).state is DecisionState.ANSWERED
    assert decide(5, TERMS, [yes, no]).state is DecisionState.NOT_REPORTED


def test_an_answer_below_the_quorum_is_not_reported() -> None:
    strict = make_question("Which?", AnswerType.ENTITY_LIST, decision={"min_support": 2})
    ballots = [
        cast(1, names("Adam"), question=strict),
        cast(2, names("Adam"), question=strict),
        cast(3, question=strict, state=CellState.NOT_APPLICABLE),
    ]

    assert decide(5, strict, ballots).state is DecisionState.ANSWERED
    lonely = [ballots[0], ballots[2], cast(4, question=strict, state=CellState.UNREADABLE)]
    assert decide(5, strict, lonely).state is DecisionState.NOT_REPORTED
    assert decide(5, strict, ballots[:1]).state is DecisionState.ANSWERED


def test_items_that_most_ballots_share_are_kept_and_others_dropped() -> None:
    decision = decide(
        5,
        TERMS,
        [cast(1, names("Adam", "SGD")), cast(2, names("adam")), cast(3, names("Adam", "RMSProp"))],
    )

    assert [item["name"] for item in decision.value] == ["Adam"]
    assert (decision.value[0]["answerer_id"], decision.value[0]["support"]) == (1, 3)
    assert decision.supporters == (1, 2, 3)


def test_lists_without_a_common_item_conflict() -> None:
    decision = decide(5, TERMS, [cast(1, names("Adam")), cast(2, names("SGD"))])

    assert decision.state is DecisionState.CONFLICTING
    assert (decision.value, decision.supporters) == (supported(names("Adam", "SGD")), ())
    assert decision.reason == "2 ballots hold 2 different values"
    assert "[{'name': 'Adam'" in (decision.value_text or "")
    assert " | " in (decision.value_text or "")


def test_a_question_may_want_whole_answers_to_agree() -> None:
    whole = make_question("Which?", AnswerType.ENUM_LIST, decision={"rule": "majority"})
    ballots = [
        cast(1, names("Adam", "SGD"), question=whole),
        cast(2, names("SGD", "adam"), question=whole),
        cast(3, names("Adam"), question=whole),
    ]

    assert decide(5, whole, ballots).supporters == (1, 2)
    assert decide(5, whole, ballots[1:]).state is DecisionState.CONFLICTING


def test_equal_numbers_in_other_writings_are_the_same_item() -> None:
    left = [{"name": "learning rate", "value": "0.001", "number": 0.001, "unit": None}]
    right = [{"name": "Learning rate", "value": "1e-3", "number": 0.001, "unit": None}]

    decision = decide(5, TERMS, [cast(1, left), cast(2, right)])

    assert decision.state is DecisionState.ANSWERED
    assert decision.supporters == (1, 2)


def test_verdicts_follow_the_majority_and_a_tie_conflicts() -> None:
    def verdict(answerer_id: int, word: str) -> Ballot:
        return cast(answerer_id, {"verdict": word, "surface": "x"}, question=VERDICT)

    won = decide(5, VERDICT, [verdict(1, "yes"), verdict(2, "no"), verdict(3, "yes")])
    tied = decide(5, VERDICT, [verdict(1, "yes"), verdict(2, "no")])

    assert (won.value["verdict"], won.supporters) == ("yes", (1, 3))
    assert tied.state is DecisionState.CONFLICTING


def test_a_verdict_that_its_own_evidence_contradicts_conflicts_whatever_the_votes() -> None:
    plain = cast(1, {"verdict": "yes", "surface": "x"}, question=VERDICT)
    torn = cast(2, {"verdict": "yes", "surface": "x", "contradicted": True}, question=VERDICT)

    decision = decide(5, VERDICT, [plain, torn])

    assert decision.state is DecisionState.CONFLICTING
    assert decision.reason == "the paper's own sentences disagree"
    assert decision.value is not None


def test_of_short_texts_the_best_scored_is_taken() -> None:
    ballots = [
        cast(1, "to count", question=TEXT, score=0.4),
        cast(2, "to find", question=TEXT, score=0.6),
    ]

    decision = decide(5, TEXT, ballots)

    assert (decision.value, decision.supporters) == ("to find", (2,))


def test_the_order_of_ballots_does_not_matter() -> None:
    ballots = [cast(1, names("Adam", "SGD")), cast(2, names("SGD")), cast(3), cast(4, names("SGD"))]

    assert len({repr(decide(5, TERMS, list(order))) for order in permutations(ballots)}) == 1


@pytest.mark.parametrize(
    "ballots",
    [
        [cast(1, names("Adam")), cast(1, names("Adam"))],
        [cast(1, names("Adam")), cast(2, names("Adam"), document_id=2)],
        [cast(1, question=TEXT)],
    ],
)
def test_ballots_that_do_not_belong_together_are_refused(ballots: list[Ballot]) -> None:
    with pytest.raises(UsageError):
        decide(5, TERMS, ballots)


def test_the_fingerprint_names_the_rule() -> None:
    assert decision_fingerprint() == decision_fingerprint()
    assert decision_fingerprint().recipe["rule"] == "votes/5"


ANY = make_question(
    "Which links?", AnswerType.URL_LIST, decision={"rule": "any_support", "min_support": 1}
)


def test_any_support_takes_what_one_voter_found_and_adds_up_what_two_found() -> None:
    one = decide(5, ANY, [cast(1, names("Adam"), question=ANY), cast(2, question=ANY)])
    two = decide(
        5, ANY, [cast(1, names("Adam"), question=ANY), cast(2, names("SGD"), question=ANY)]
    )
    none = decide(5, ANY, [cast(1, question=ANY), cast(2, question=ANY)])

    assert (one.state, one.supporters) == (DecisionState.ANSWERED, (1,))
    assert ({item["name"] for item in two.value}, two.supporters) == ({"Adam", "SGD"}, (1, 2))
    assert none.state is DecisionState.NOT_REPORTED


def test_any_support_keeps_its_quorum() -> None:
    question = make_question(
        "Which links?", AnswerType.URL_LIST, decision={"rule": "any_support", "min_support": 2}
    )
    both = [cast(1, names("Adam"), question=question), cast(2, names("Adam"), question=question)]

    assert decide(5, question, both).state is DecisionState.ANSWERED
    assert decide(5, question, [both[0], cast(2, question=question)]).state is (
        DecisionState.NOT_REPORTED
    )


def rated(rule: str, answer_type: AnswerType = AnswerType.ENTITY_LIST, **more: Any) -> Question:
    return make_question("Which?", answer_type, decision={"rule": rule, **more})


def test_names_of_one_term_are_one_item() -> None:
    question = make_question(
        "Which?", AnswerType.ENTITY_LIST, vocabulary={"ResNet": ["residual network", "Res-Net"]}
    )
    ballots = [
        cast(1, names("residual-network"), question=question),
        cast(2, names("ResNet", "VGG"), question=question),
        cast(3, names("res net", "vgg"), question=question),
    ]

    decision = decide(5, question, ballots)

    assert [(item["name"], item["support"]) for item in decision.value] == [
        ("ResNet", 3),
        ("VGG", 2),
    ]


def test_a_weighted_vote_follows_the_weights_of_the_catalogue() -> None:
    question = rated("weighted", weights={"rule": 2.5})
    yes = cast(1, names("Adam"), question=question)
    no, again = cast(2, question=question), cast(3, question=question)
    voters = {1: "rule", 2: "extractive", 3: "llm:m"}

    won = decide(5, question, [yes, no, again], names=voters)

    assert won.state is DecisionState.ANSWERED
    assert won.share == pytest.approx(2.5 / 4.5)
    assert decide(5, question, [yes, no, again]).state is DecisionState.NOT_REPORTED


def test_weights_decide_on_items_too() -> None:
    question = rated("weighted", weights={"rule": 3})
    ballots = [
        cast(1, names("Adam", "SGD"), question=question),
        cast(2, names("SGD", "RMSProp"), question=question),
        cast(3, names("RMSProp", "SGD"), question=question),
    ]

    kept = decide(5, question, ballots, names={1: "rule", 2: "a", 3: "b"})

    assert {item["name"] for item in kept.value} == {"Adam", "SGD"}


def test_a_unanimous_question_shows_each_disagreement() -> None:
    question = rated("unanimous")
    adam, both = cast(1, names("Adam"), question=question), names("Adam", "SGD")
    no = cast(2, question=question)

    split = decide(5, question, [adam, no])
    agreed = decide(5, question, [adam, cast(2, both, question=question)])

    assert (split.state, split.reason) == (
        DecisionState.CONFLICTING,
        "answered by 1 of 2 voters",
    )
    assert split.value == supported(names("Adam"))
    assert [item["name"] for item in agreed.value] == ["Adam"]
    assert decide(5, question, [no]).state is DecisionState.NOT_REPORTED
    assert decide(5, question, [adam]).state is DecisionState.ANSWERED


@pytest.mark.parametrize("ties", ["not_reported", "answered", "conflicting"])
def test_a_tie_goes_where_the_catalogue_says(ties: str) -> None:
    question = rated("majority", ties=ties)
    tied = [cast(1, names("Adam"), question=question), cast(2, question=question)]

    decision = decide(5, question, tied)

    assert (decision.state.value, decision.share) == (ties, 0.5)


def test_too_few_voters_are_a_failure_and_never_a_decision() -> None:
    question = rated("majority", min_votes=2)
    lost = cast(2, question=question, state=CellState.FAILED)

    lonely = decide(5, question, [cast(1, names("Adam"), question=question), lost])

    assert lonely.state is DecisionState.FAILED
    assert lonely.reason == "1 voters were heard, 2 needed; said 2"
    assert decide(5, question, [cast(1, names("Adam"), question=question)]).state is (
        DecisionState.ANSWERED
    ), "where one is asked, one is enough"


def test_claims_without_proof_add_weight_and_never_answer_alone() -> None:
    yes, no, again = cast(1, names("Adam")), cast(2), cast(3)

    alone = decide(5, TERMS, [no], unproven=[7, 8, 9])
    helped = decide(5, TERMS, [yes, no, again], unproven=[7, 8])
    nobody = decide(5, TERMS, [], unproven=[7])

    assert (alone.state, alone.share) == (DecisionState.NOT_REPORTED, 0.75)
    assert alone.reason == "answered by 3 of 4 voters, 0 with proof in this paper, 1 needed"
    assert (helped.state, helped.supporters) == (DecisionState.ANSWERED, (1,))
    assert (helped.voters, helped.share) == ((1, 2, 3, 7, 8), 0.6)
    assert (nobody.state, nobody.reason) == (
        DecisionState.FAILED,
        "only claims without proof were heard",
    )
    with pytest.raises(UsageError):
        decide(5, TERMS, [yes], unproven=[1])


def test_a_conflict_over_whole_values_lists_the_candidates() -> None:
    tied = decide(
        5,
        VERDICT,
        [
            cast(1, {"verdict": "yes"}, question=VERDICT),
            cast(2, {"verdict": "no"}, question=VERDICT),
        ],
    )

    assert tied.state is DecisionState.CONFLICTING
    assert tied.value == [
        {"value": {"verdict": "yes"}, "support": 1},
        {"value": {"verdict": "no"}, "support": 1},
    ]


def test_the_share_is_of_yes_among_yes_and_no() -> None:
    silent = cast(3, state=CellState.NOT_APPLICABLE)

    assert decide(5, TERMS, [cast(1, names("Adam")), cast(2), silent]).share == 0.5
    assert decide(5, TERMS, [silent]).share is None


def test_of_equal_items_the_one_that_says_how_much_is_shown() -> None:
    bare = [{"name": "resizing", "surface": "resized", "evidence": [1]}]
    full = [{"name": "resizing", "surface": "resized to 512 px", "evidence": [1]}]

    decision = decide(5, TERMS, [cast(1, bare, score=0.9), cast(2, full, score=0.6)])

    assert decision.value[0]["surface"] == "resized to 512 px"
    assert decision.value[0]["answerer_id"] == 2
    assert decision.supporters == (1, 2)


@pytest.mark.parametrize(
    ("ballots", "unproven", "expected"),
    [
        # Jeffreys: (yes + 1/2) / (votes + 1).
        ([cast(1, names("Adam")), cast(2, names("Adam"))], (), 2.5 / 3),
        ([cast(1, names("Adam")), cast(2)], (), 1.5 / 3),
        ([cast(1), cast(2)], (), 0.5 / 3),
        ([cast(1), cast(2, names("Adam")), cast(3)], (7,), 2.5 / 5),
        # Nobody to compare with: the voter's own score, which a denial does not have.
        ([cast(1, names("Adam"), score=0.9)], (), 0.9),
        ([cast(1, score=0.9)], (), 0.25),
        # Who says neither yes nor no is not heard.
        ([cast(1, names("Adam"), score=0.8), cast(2, state=CellState.NOT_APPLICABLE)], (), 0.8),
        ([cast(1, state=CellState.NOT_APPLICABLE)], (), None),
        ([cast(1, state=CellState.FAILED)], (), None),
        # Two lists without a common name: as doubtful as can be.
        ([cast(1, names("Adam")), cast(2, names("SGD"))], (), 0.5),
    ],
)
def test_a_decision_tells_how_likely_people_are_to_say_yes(
    ballots: list[Ballot], unproven: tuple[int, ...], expected: float | None
) -> None:
    found = decide(5, TERMS, ballots, unproven=unproven).yes_probability
    assert found == (None if expected is None else pytest.approx(expected))
