"""What is refused where a case is worked: what others owe, words where codes stand, a closing without its evidence."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from contracts.decisions import PersonKey
from network.cases.domain import collaborations, findings
from network.cases.domain.case import Case
from network.cases.domain.contact import Contact
from network.cases.domain.refusals import Refused
from rules.working_days import working_day

from tests.unit.network_day import COUNTY, PROTECTION, T0, Day, decided

POLICE, LABOUR = f"{COUNTY}/police", f"{COUNTY}/labour"
CHILD, MOTHER = "person:child", "person:mother"
FAMILY = (
    PersonKey(key=CHILD, role="subject", birth_year=2019),
    PersonKey(key=MOTHER, role="other", relation="mother", birth_year=1990),
)


@pytest.fixture
def case() -> Case:
    """Led by the protection team, where somebody took it on; the police take part."""
    day = Day()
    day.decide(decided("r1", family="a", people=FAMILY))
    day.press("r1", PROTECTION)
    asked = collaborations.ask(day.case("r1"), POLICE, ("patrol",), T0, by="陳社工", cause="ask", at=T0)
    return collaborations.join(asked, asked.collaborators[0].id, by="林警員", cause="join", at=T0)


def made(case: Case, id: str = "c1", **more: Any) -> Contact:
    """A visit of the protection team an hour later."""
    at = more.pop("at", T0 + timedelta(hours=1))
    facts: dict[str, Any] = {"unit": PROTECTION, "by": "陳社工", "kind": "visit", "recorded_at": at, "reached": True}
    return Contact(id=id, case_id=case.id, county=COUNTY, at=at, **facts | more)


def recorded(case: Case, contact: Contact) -> Case:
    return findings.contact(case, contact, cause=contact.id, working_day=working_day)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(each.code, each.about) for each in refusal.value.missing]


# -- contacts


def test_a_collaborators_visit_completes_its_own_task_and_that_of_who_was_there_but_nobody_elses(case: Case) -> None:
    clock = next(task for task in case.owed if task.what == "child.level1.see_child")
    patrol = next(task for task in case.owed if task.unit == POLICE)
    alone = made(case, unit=POLICE, by="林警員", completes=(clock.id,))
    with pytest.raises(Refused) as refusal:
        recorded(case, alone)
    assert codes(refusal) == [("not_theirs", clock.id)]
    for contact in (replace(alone, joint=(PROTECTION,)), replace(alone, completes=(patrol.id,)),
                    made(case, completes=(patrol.id, clock.id))):  # fmt: skip
        after = recorded(case, contact)
        assert all(task.state == "done" for task in after.tasks if task.id in contact.completes)


def test_units_at_a_visit_serve_the_family_or_did(case: Case) -> None:
    with pytest.raises(Refused) as refusal:
        recorded(case, made(case, joint=("family", LABOUR, POLICE)))
    assert codes(refusal) == [("unit_not_in_case", LABOUR)]
    [taking_part] = case.active
    gone = collaborations.release(case, taking_part.id, reason="done", by="陳社工", cause="release", at=T0)
    assert recorded(gone, made(case, joint=("family", POLICE))).version > gone.version, "an entry may be late"
