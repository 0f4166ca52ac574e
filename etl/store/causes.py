"""Why a decision has to be made anew: the one thing that changed, or the first of several."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

__all__ = ["cause_of"]

_Recipe = Mapping[str, Any]
#: Parts of a language model's recipe that are words it is asked with, or their form.
_PROMPT_PARTS = frozenset({"prompt", "schema", "pack", "layout"})


def cause_of(
    row: Mapping[str, Any],
    heard: AbstractSet[int],
    recipes: Mapping[int, _Recipe],
    rule_id: int,
) -> str:
    """
    Name the cause.

    Args:
        row: What a decision rests on now, and, prefixed ``old_``, what the standing one did.
        heard: Answerers that voted now.
        recipes: Of them and of those that voted then.
        rule_id: The rule in force.

    Returns:
        A value of ``core.decision.cause``. Where several things changed at once, the first of:
        new_paper, new_question, question_version, retraction, outcome, re_parse, rule, human,
        model, prompt, answerer, foreign_answer, calibration.
    """
    if row["old_release"] is None:
        return "new_question" if row["is_known_work"] else "new_paper"
    voted = row["basis"] == "ballots" and row["old_voted_state"] not in ("unreadable", "failed")
    is_new_outcome = not voted and row["old_ballots_md5"] != row["ballots_md5"]
    changes = (
        ("question_version", row["old_question_version_id"] != row["question_version_id"]),
        ("retraction", row["old_is_retracted"] != row["is_retracted"]),
        ("outcome", is_new_outcome),
        ("re_parse", voted and row["old_document_id"] != row["document_id"]),
        ("rule", row["old_rule_id"] != rule_id),
        ("human", _gold(row, "old_") != _gold(row, "")),
        ("calibration", row["old_ballots_md5"] == row["ballots_md5"]),
    )
    for cause, is_changed in changes:
        if is_changed:
            return cause
    return _voters_cause(set(row["old_voters"] or ()), set(heard), recipes, row["gold_basis"])


def _gold(row: Mapping[str, Any], prefix: str) -> tuple[Any, Any]:
    return row[f"{prefix}gold_label"], row[f"{prefix}gold_basis"]


def _voters_cause(
    old: set[int], new: set[int], recipes: Mapping[int, _Recipe], gold_basis: str | None
) -> str:
    came = [recipes[i] for i in sorted(new - old) if _is_own(recipes.get(i))]
    gone = [recipes[i] for i in sorted(old - new) if _is_own(recipes.get(i))]
    causes = {_change(recipe, gone) for recipe in came}
    causes |= {_change(recipe, came) for recipe in gone}
    for cause in ("model", "prompt", "answerer"):
        if cause in causes:
            return cause
    if old == new and gold_basis is not None:
        # The votes are those of then, so the value that people named is another.
        return "human"
    return "foreign_answer"


def _is_own(recipe: _Recipe | None) -> bool:
    return recipe is not None and recipe.get("kind") != "foreign"


def _change(recipe: _Recipe, others: list[_Recipe]) -> str:
    """How an answerer differs from the one of the same kind and model on the other side."""
    model = recipe.get("model")
    if model is None:
        return "answerer"
    for other in others:
        if other.get("model") == model and other.get("revision") == recipe.get("revision"):
            parts = {k for k in {*recipe, *other} if recipe.get(k) != other.get(k)}
            return "prompt" if parts <= _PROMPT_PARTS else "answerer"
    return "model"
