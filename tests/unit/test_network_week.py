"""What asks for a supervisor: which list of the week a case is in, and since when nobody has seen its family."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from contracts.decisions import PersonKey
from network.access import Scope
from network.cases import documents
from network.cases.domain import handovers
from network.cases.domain.asking import asks
from network.cases.domain.case import Assessment, Case
from network.cases.domain.handovers import Hands
from network.cases.domain.parts import Merge, Returned
from network.cases.domain.people import LastSeen
from rules.counties import settings_of

from tests.unit.network_day import CENTRE, CITY, COUNTY, PROTECTION, T0, Day, decided

CHILD = PersonKey(key="person:child", role="subject", birth_year=2019)  # type: ignore[arg-type]
LATER = T0 + timedelta(days=3)


def waiting() -> Case:
    day = Day()
    day.decide(decided("r1", family="a", people=(CHILD,)))
    return day.case("r1")


def at_work(**fields: Any) -> Case:
    """A case in somebody's hands."""
    day = Day()
    day.decide(decided("r1", family="a", people=(CHILD,)))
    day.press("r1", PROTECTION)
    return replace(day.case("r1"), **fields)


def offered() -> Case:
    return handovers.offer(at_work(), Hands(CENTRE), reason="leaves", by="王督導", cause="offer", at=LATER)


def refused() -> Case:
    case = offered()
    return handovers.refuse(case, case.handovers[0].id, reason="no_capacity", by="林社工", cause="no", at=LATER)


MERGE = Merge("m", waiting().id, "same_household", "王督導", LATER)
OPENED = Assessment("a", LATER, "陳社工", opened=True)
CLOSED_BEFORE = Returned(waiting().id, "moved", T0, "王督導")


@pytest.mark.parametrize(
    ("case", "asked"),
    [
        (waiting(), []),
        (at_work(), []),
        (at_work(tasks=()), ["nothing_planned"]),
        (at_work(tasks=(), state="closing"), ["to_close"]),
        (offered(), ["not_taken"]),
        (refused(), ["to_settle"]),
        (at_work(merges=(MERGE,)), ["to_merge"]),
        (at_work(state="reopened"), ["came_back"]),
        (at_work(returned_after_closing=(CLOSED_BEFORE,)), ["came_back"]),
        (at_work(returned_after_closing=(CLOSED_BEFORE,), tasks=(), state="closed"), []),
        (at_work(returned_after_closing=(CLOSED_BEFORE,), assessments=(OPENED,), state="opened"), []),
    ],
    ids=lambda value: "+".join(value) or "nothing" if isinstance(value, list) else "",
)
def test_a_case_asks_for_what_nobody_else_settles(case: Case, asked: list[str]) -> None:
    assert asks(case) == asked


def test_nobody_has_seen_a_family_since_somebody_last_did_or_since_its_case_was_opened() -> None:
    seen = LastSeen(CHILD.key, LATER, "陳社工", PROTECTION, "visit", alone=True, contact_id="c")
    case = at_work()
    assert case.unseen_since == case.opened_at
    assert replace(case, last_seen=(seen,)).unseen_since == LATER


def test_a_case_that_waits_for_a_worker_is_not_also_counted_as_one_that_nobody_saw() -> None:
    assert waiting().waits_for_worker_since
    assert waiting().unseen_since is None
    assert at_work(state="closed").unseen_since is None


def test_how_long_a_family_may_be_unseen_is_its_countys_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    sooner = settings_of(CITY).model_copy(update={"unseen_for": timedelta(days=14)})
    monkeypatch.setattr(documents, "settings_of", lambda code: sooner if code == CITY else settings_of(code))
    assert documents.unseen_for(Scope(frozenset({COUNTY, CITY}))) == {
        timedelta(days=14): [CITY], timedelta(days=28): [COUNTY],
    }  # fmt: skip
    assert documents.unseen(Scope(frozenset({COUNTY, CITY})), T0).query["$or"] == [
        {"county": {"$in": [CITY]}, "unseen_since": {"$lt": T0 - timedelta(days=14)}},
        {"county": {"$in": [COUNTY]}, "unseen_since": {"$lt": T0 - timedelta(days=28)}},
    ]
    assert documents.unseen(Scope(frozenset({COUNTY})), T0).query["unseen_since"] == {"$lt": T0 - timedelta(days=28)}
    everywhere = documents.unseen_for(Scope(frozenset({"*"})))
    assert sum(map(len, everywhere.values())) > 20
