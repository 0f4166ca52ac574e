"""Signing a release off: what is asked, what an answer leaves, and that silence leaves nothing."""

import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

pytestmark = pytest.mark.airflow

FOUND = {
    "release_id": 7,
    "published_at": datetime(2026, 3, 1, 4, 5, tzinfo=UTC),
    "changed_count": 12,
    "decision_count": 168,
    "conflicting_count": 3,
    "disputed_count": 2,
    "labelled_count": 40,
    "is_signed": False,
}
ANSWERED_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


class FakeSignOffs:
    """One release to sign, and what was said of it."""

    def __init__(self, found: dict[str, Any] | None) -> None:
        self.found = found
        self.signed: list[dict[str, Any]] = []

    def release_to_sign(self) -> dict[str, Any] | None:
        return self.found

    def sign(self, release_id: int, **said: Any) -> None:
        self.signed.append({"release_id": release_id, **said})


class Ti:
    """The little of a task instance that is used."""

    def __init__(self, counted: dict[str, Any]) -> None:
        self.counted = counted

    def xcom_pull(self, *, task_ids: str) -> dict[str, Any]:
        assert task_ids == "count"
        return self.counted


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Any:
    def enter(found: dict[str, Any] | None) -> FakeSignOffs:
        fake = FakeSignOffs(found)
        module = ModuleType("etl.wiring")
        module.build_sign_offs = lambda _settings: fake  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "etl.wiring", module)
        return fake

    return enter


def counted() -> dict[str, Any]:
    from florilegium_airflow.sign_off import CountOperator

    return CountOperator().execute({})  # type: ignore[typeddict-item]


def answer(option: str, *, user: str | None = "ada", comment: str = "") -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {"comment": comment},
        "responded_at": ANSWERED_AT,
        "responded_by_user": {"id": user, "name": user} if user else None,
        "timedout": user is None,
    }


@pytest.mark.parametrize(
    ("found", "words"),
    [(None, "nothing has been"), ({**FOUND, "is_signed": True}, "release 7 has")],
)
def test_nothing_is_asked_where_there_is_nothing_to_sign(
    enter: Any, found: dict[str, Any] | None, words: str
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    enter(found)
    with pytest.raises(AirflowSkipException, match=words):
        counted()


def test_the_question_tells_the_counts_and_leads_to_the_desk(enter: Any) -> None:
    import jinja2

    from florilegium_airflow.sign_off import SignOffOperator

    enter(FOUND)
    task = SignOffOperator()
    ti = Ti(counted())
    body = jinja2.Template(task.body or "").render(ti=ti)
    assert jinja2.Template(task.subject).render(ti=ti) == "Sign off release 7?"
    assert "Release 7 of 2026-03-01T04:05 holds 168 answers, 12 of them new" in body
    assert "3 answers are conflicting" in body
    assert "2 labels are in dispute" in body
    assert "(/plugin/florilegium-review)" in body
    assert {"subject", "body"} <= set(task.template_fields)


def test_no_worker_is_held_and_silence_ends_the_wait(enter: Any) -> None:
    from florilegium_airflow.house import DAGRUN_TIMEOUT
    from florilegium_airflow.sign_off import LATER, SignOffOperator

    enter(FOUND)
    task = SignOffOperator()
    assert task.defaults == [LATER]
    assert task.response_timeout is not None
    assert task.response_timeout < DAGRUN_TIMEOUT


@pytest.mark.parametrize(("option", "verdict"), [("Approve", "approved"), ("Reject", "rejected")])
def test_a_verdict_is_kept_with_who_and_when(enter: Any, option: str, verdict: str) -> None:
    from florilegium_airflow.sign_off import SignOffOperator

    fake = enter(FOUND)
    context: Any = {"ti": Ti(counted())}
    SignOffOperator().execute_complete(context, answer(option, comment="looked at ten"))
    assert fake.signed == [
        {
            "release_id": 7,
            "person": "ada",
            "verdict": verdict,
            "signed_at": ANSWERED_AT,
            "comment": "looked at ten",
            "disputed_count": 2,
            "conflicting_count": 3,
        }
    ]


@pytest.mark.parametrize(("option", "user"), [("Decide later", "ada"), ("Decide later", None)])
def test_later_and_silence_keep_nothing(enter: Any, option: str, user: str | None) -> None:
    from florilegium_airflow.sign_off import SignOffOperator

    fake = enter(FOUND)
    context: Any = {"ti": Ti(counted())}
    SignOffOperator().execute_complete(context, answer(option, user=user))
    assert fake.signed == []


def test_the_fake_is_called_as_the_real_store() -> None:
    import inspect

    from etl.store.sign_off import SignOffStore

    real = inspect.signature(SignOffStore.sign)
    assert {"release_id", *answer_fields()} == set(real.parameters) - {"self"}


def answer_fields() -> set[str]:
    return {
        *("person", "verdict", "signed_at", "comment", "disputed_count", "conflicting_count"),
    }
