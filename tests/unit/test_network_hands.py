"""Changing hands and taking part: what is asked by name is answered by name, what is settled is owed no more."""

import pytest
from network.cases.domain import collaborations, findings, handovers
from network.cases.domain.case import ACCEPT, Case
from network.cases.domain.handovers import SETTLE, Hands
from network.cases.domain.refusals import Refused
from network.cases.domain.reports import TAKE_PART

from tests.unit.network_day import CENTRE, CITY, COUNTY, PROTECTION, T0, Day, decided
from tests.unit.network_hands import LATER, POLICE, at_work, offered, with_police


def turned_down(case: Case, to: Hands, of: Hands | None = None) -> Case:
    case = offered(case, to, of)
    return handovers.refuse(case, case.handovers[-1].id, reason="no_capacity", by="林社工", cause="no", at=LATER)


def taken(case: Case, to: Hands, of: Hands | None = None) -> Case:
    case = offered(case, to, of, "again")
    return handovers.take(case, case.handovers[-1].id, by=to.person or "黃社工", cause="yes", at=LATER)


@pytest.mark.parametrize("what", [TAKE_PART, ACCEPT])
def test_what_is_answered_by_name_stays_with_who_was_asked(what: str) -> None:
    day = Day()
    day.decide(decided("r1", collaborators=(POLICE, CENTRE)))
    task = next(task for task in day.case("r1").tasks if task.what == what)
    with pytest.raises(Refused, match="by_name"):
        findings.hand(day.case("r1"), task.id, CENTRE, None, by="陳社工", cause="hand", at=LATER)
    handed = findings.hand(day.case("r1"), task.id, task.unit, "周警員", by="陳社工", cause="hand", at=LATER)
    assert handed.task(task.id).person == "周警員"  # type: ignore[union-attr]


def test_a_unit_that_comes_to_lead_by_a_decision_was_a_collaborator_and_owes_no_answer() -> None:
    day = Day()
    day.decide(decided("r1", "welfare_centre"))
    case = collaborations.ask(day.case("r1"), PROTECTION, ("visit",), LATER, by="林社工", cause="ask", at=T0)
    day.register.save(case)
    day.decide(decided("r1", "protection", version=2))
    case = day.case("r1")
    assert case.lead.unit == PROTECTION
    assert [(each.unit, each.state, each.reason) for each in case.collaborators] == [(PROTECTION, "released", "leads")]
    assert [task.state for task in case.tasks if task.what == TAKE_PART] == ["done"]


@pytest.mark.parametrize("unit", [f"{CITY}/protection", "protection"])
def test_no_case_is_offered_to_a_unit_of_another_county_and_none_is_asked_to_take_part(unit: str) -> None:
    with pytest.raises(Refused, match="unit_elsewhere"):
        offered(at_work(), Hands(unit))
    with pytest.raises(Refused, match="unit_elsewhere"):
        collaborations.ask(at_work(), unit, ("visit",), LATER, by="陳社工", cause="ask", at=LATER)


def test_who_offered_a_case_takes_the_offer_back_and_owes_no_settlement() -> None:
    case = offered(at_work(), Hands(CENTRE))
    back = handovers.take_back(case, case.handovers[0].id, reason="mistake", by="陳社工", cause="back", at=LATER)
    assert (back.handovers[0].state, back.handovers[0].answer) == ("withdrawn", "mistake")
    assert SETTLE not in {task.what for task in back.owed}
    assert offered(back, Hands(CENTRE), cause="again").handovers[1].state == "offered"


def test_a_collaborators_part_that_changes_hands_is_the_new_workers() -> None:
    case = taken(with_police(at_work()), Hands(POLICE, "黃警員"), Hands(POLICE, "周警員"))
    assert [(each.unit, each.person) for each in case.active] == [(POLICE, "黃警員")]
    assert {task.person for task in case.owed if task.unit == POLICE} == {"黃警員"}


def test_a_settlement_is_owed_no_more_once_somebody_took_the_case() -> None:
    case = turned_down(at_work(), Hands(CENTRE))
    assert [task.unit for task in case.owed if task.what == SETTLE] == [PROTECTION]
    case = taken(case, Hands(f"{COUNTY}/labour"))
    assert [task.state for task in case.tasks if task.what == SETTLE] == ["done"]


def test_a_settlement_of_another_part_of_the_case_is_still_owed() -> None:
    case = turned_down(with_police(at_work()), Hands(POLICE, "黃警員"), Hands(POLICE, "周警員"))
    assert [task.state for task in taken(case, Hands(CENTRE)).tasks if task.what == SETTLE] == ["open"]
    again = taken(case, Hands(POLICE, "黃警員"), Hands(POLICE, "周警員"))
    assert [task.state for task in again.tasks if task.what == SETTLE] == ["done"]
