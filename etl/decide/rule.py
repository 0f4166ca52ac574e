"""
A question's decision rule, as its catalogue entry states it.

Reads:    ``spec["decision"]`` of a question
Writes:   nothing
Gives up: never; what is not stated has the default of the catalogue
Version:  RULE_VERSION, in the decision's fingerprint
Next:     the vote
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from etl.keys import content_key, fingerprint_sha256
from etl.records.ballot import CellState
from etl.records.question import Question
from etl.records.recipe import Fingerprint

__all__ = ["RULE_VERSION", "TIE_ORDER", "Rule", "decision_fingerprint", "rule_of"]

RULE_VERSION = "votes/5"

#: A tie between states goes to the first of these, unless the rule says otherwise: doubt is
#: shown rather than hidden.
TIE_ORDER = (
    CellState.NOT_REPORTED,
    CellState.ANSWERED,
    CellState.NOT_APPLICABLE,
    CellState.UNREADABLE,
    CellState.FAILED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the votes on one question become a decision."""

    #: majority, item_majority, any_support, weighted or unanimous.
    name: str = "item_majority"
    #: Proven votes that an answer or an item needs; with fewer voters, all of them.
    min_support: int = 1
    #: Voters that must be heard; with fewer of them asked, all.
    min_votes: int = 1
    #: Where answered and another state have the same weight: not_reported, answered or
    #: conflicting.
    ties: str = "not_reported"
    #: Weight of a voter by its name, >= 0; 1 where not named. Only for the rule weighted.
    weights: Mapping[str, float] = field(default_factory=dict)

    def weight_of(self, voter: str) -> float:
        """The weight of a voter's vote."""
        return float(self.weights.get(voter, 1.0)) if self.name == "weighted" else 1.0


def rule_of(question: Question) -> Rule:
    """The question's rule."""
    stated = question.spec.get("decision")
    raw: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    return Rule(
        name=str(raw.get("rule", "item_majority")),
        min_support=int(raw.get("min_support", 1)),
        min_votes=int(raw.get("min_votes", 1)),
        ties=str(raw.get("ties", "not_reported")),
        weights=raw.get("weights") or {},
    )


def decision_fingerprint() -> Fingerprint:
    """The fingerprint of how votes are counted; each question's own rule is in its version."""
    recipe = {"rule": RULE_VERSION, "tie_order": [state.value for state in TIE_ORDER]}
    sha256 = fingerprint_sha256(recipe)
    return Fingerprint(
        fingerprint_id=content_key("decide", sha256),
        stage="decide",
        name=RULE_VERSION,
        sha256=sha256,
        recipe=recipe,
    )
