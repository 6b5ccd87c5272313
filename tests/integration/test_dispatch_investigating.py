"""The window visits before it decides, what visits find decides or is counted, and sources are screened by it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from contracts.reports import SourceUnit
from dispatch.figures import screening
from dispatch.figures.ledger import counters_of, ledger_of, today_of
from dispatch.window.investigations import Finding, Investigating, Visit
from dispatch.window.rulings import Again
from kit.problems import Conflict, Forbidden, Unprocessable

from tests.integration.dispatch_reports import CITY, COUNTY, body, child, consultation, instant
from tests.integration.dispatch_stage import LI, WANG, Served, Window, amendment, in_queue, ruling, sees

pytestmark = pytest.mark.real


def investigating(window: Window, later: timedelta = timedelta()) -> Investigating:
    return Investigating(window.reports, window.vault, window.rulings, lambda: instant() + later)


def visit(version: int = 2, **more: Any) -> Visit:
    return Visit.model_validate({"investigator": "林調查員", "version": version} | more)


def finding(found: str, version: int = 2, **more: Any) -> Finding:
    return Finding.model_validate({"found": found, "version": version, "reason": "home_visit"} | more)


async def visited(window: Window, number: int = 1) -> str:
    id = await in_queue(window, child(number))
    await investigating(window).begin(id, visit(), WANG, sees)
    return id


async def test_a_report_under_investigation_is_open_and_sorted_by_its_clock(window: Window) -> None:
    id = await visited(window)
    document, now = await window.document(id), instant()
    ledger, counters = (
        await ledger_of(window.reports, window.figures, today_of(COUNTY, instant()), now),
        await counters_of(window.reports, window.figures, COUNTY, now),
    )
    assert (document["stage"], document["investigation"]["investigator"]) == ("investigating", "林調查員")
    assert (ledger.open, ledger.equal, counters.waits) == (1, True, {"investigating": 1})
    ours = [each for each in document["decision"]["clocks"] if each["id"] in ("dispatch", "child.grade")]
    assert document["breach_at"] == min(each["due_at"] for each in (document["promise"], *ours))
    assert not document["promise"]["verified"]


@pytest.mark.parametrize("sent", [body(2), consultation(3), child(4, county="chiayi-city")])
async def test_other_cases_and_counties_are_not_investigated_first(window: Window, sent: dict[str, Any]) -> None:
    id = await in_queue(window, sent)
    with pytest.raises(Unprocessable):
        await investigating(window).begin(id, visit(), WANG, sees)


async def test_a_special_case_of_the_city_is_visited_on_an_officers_word_and_decided_by_what_is_found(
    window: Window,
) -> None:
    """Items.md 9: a consultation of an adult, which fits no kind of the national plan."""
    id = await in_queue(window, consultation(3) | {"county": CITY})
    with pytest.raises(Unprocessable):
        await investigating(window).begin(id, visit(), WANG, sees)
    with pytest.raises(Unprocessable):
        await investigating(window).begin(id, visit(kind="special"), WANG, sees)
    report = await investigating(window).begin(id, visit(kind="special", reason="三度婉拒訪視"), WANG, sees)
    assert (report.stage, report.investigation and report.investigation.kind) == ("investigating", "special")
    found = finding("needs_only", outcome="welfare_centre")
    decided = await investigating(window).find(id, found, LI, sees)
    assert (decided.decision.outcome, decided.decision.unit) == ("welfare_centre", f"{CITY}/adult_team")
    assert decided.finding
    assert decided.finding.found == "needs_only"


async def test_another_county_visits_no_special_case(window: Window) -> None:
    id = await in_queue(window, consultation(3))
    with pytest.raises(Unprocessable):
        await investigating(window).begin(id, visit(kind="special", reason="三度婉拒訪視"), WANG, sees)


@pytest.mark.parametrize(("county", "offered"), [(CITY, True), (COUNTY, False)])
async def test_the_board_offers_a_special_visit_where_the_county_does_them(
    served: Served, county: str, *, offered: bool
) -> None:
    id = await in_queue(served.window, consultation(3) | {"county": county})
    browser = await served.sign_in("elsewhere" if county == CITY else "supervisor")
    page = (await browser.get(f"/board/reports/{id}")).text
    assert ('name="kind" value="special"' in page) is offered


async def test_of_two_officers_who_send_someone_at_once_one_is_refused(window: Window) -> None:
    id = await in_queue(window, child(1))
    both = (investigating(window).begin(id, visit(), by, sees) for by in (WANG, LI))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Report"]


@pytest.mark.parametrize("hours", [-1, 24 * 31])
async def test_a_visit_is_due_within_thirty_days(window: Window, hours: int) -> None:
    id = await in_queue(window, child(1))
    with pytest.raises(Unprocessable):
        await investigating(window).begin(id, visit(due_at=instant() + timedelta(hours=hours)), WANG, sees)


async def test_what_was_found_decides_in_the_same_write(window: Window) -> None:
    id = await visited(window)
    with pytest.raises(Conflict):
        await window.rulings.rule(id, ruling("protection", version=2), WANG, sees)
    with pytest.raises(Unprocessable):
        await investigating(window).find(id, finding("substantiated"), WANG, sees)
    found = finding("substantiated", outcome="protection")
    both = (investigating(window).find(id, found, by, sees) for by in (WANG, LI))
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Report"]
    document = await window.document(id)
    assert (document["stage"], document["decision"]["version"], document["finding"]["found"]) == (
        "waiting", 3, "substantiated")  # fmt: skip
    assert (await ledger_of(window.reports, window.figures, today_of(COUNTY, instant()), instant())).open == 0


async def test_sending_an_officer_to_see_is_not_undone_by_undoing_what_came_before(window: Window) -> None:
    id = await visited(window)
    with pytest.raises(Conflict):
        await window.rulings.undo(id, 2, WANG, sees)
    await window.rulings.review(id, Again(reason="visit_called_off", version=2), WANG, sees)
    assert (await window.document(id))["stage"] == "pending"


async def test_lowering_by_a_finding_is_a_supervisors(window: Window) -> None:
    id = await visited(window)
    lower = finding("unsubstantiated", outcome="no_dispatch")
    with pytest.raises(Forbidden):
        await investigating(window).find(id, lower, WANG, sees)
    assert (await investigating(window).find(id, lower, LI, sees)).decision.outcome == "no_dispatch"


async def test_an_amendment_leaves_a_visit_to_go_on(window: Window) -> None:
    received = await window.received(child(1))
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await window.rulings.review(id, Again(reason="see_first", version=1), WANG, sees)
    await investigating(window).begin(id, visit(), WANG, sees)
    await window.handlers.on_reports([await amendment(window, received, child(1), 2)])
    document = await window.document(id)
    assert (document["stage"], document["version"], document["promise"]["id"]) == ("investigating", 2, "investigation")


async def test_what_a_unit_found_is_recorded_beside_its_decision(window: Window) -> None:
    received = await window.received(child(1))
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    answers = await asyncio.gather(
        *(investigating(window).find(id, finding("needs_only", 1), by, sees) for by in (WANG, LI)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) in (["Conflict", "Report"], ["Report", "Report"])
    document = await window.document(id)
    assert (document["finding"]["found"], document["decision"]["version"], document["stage"]) == (
        "needs_only", 1, "waiting")  # fmt: skip


async def test_a_finding_on_a_decision_that_was_replaced_since_is_refused(window: Window) -> None:
    received = await window.received(child(1))
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await window.rulings.rule(id, ruling("protection", version=1), WANG, sees)
    with pytest.raises(Conflict):
        await investigating(window).find(id, finding("needs_only", 1), WANG, sees)
    report = await investigating(window).find(id, finding("needs_only", 2), WANG, sees)
    assert report.finding
    assert report.finding.found == "needs_only"


async def test_screening_counts_what_the_table_said_against_what_was_found_by_source(window: Window) -> None:
    plan = [(SourceUnit.POLICE, "substantiated")] * 6 + [(SourceUnit.POLICE, "unsubstantiated")] * 2
    plan += [(SourceUnit.MEDICAL, "substantiated")] * 5
    for number, (unit, found) in enumerate(plan):
        received = await window.received(child(number), f"agency-{unit}", unit)
        await window.handlers.on_reports([received])
        await investigating(window).find(str(received.event.subject), finding(found, 1), WANG, sees)
    rows = await window.figures.screened(today_of(COUNTY, instant()))
    shown, total = screening.table(rows, smallest=0)
    police = next(each for each in shown if each.source_unit == "police")
    assert (police.said_protection["substantiated"], police.visited, police.precision, police.sensitivity) == (
        6, 8, 0.75, 1.0)  # fmt: skip
    assert (total.visited, total.specificity) == (13, 0.0)
    hidden, _ = screening.table(rows, smallest=5)
    theirs = next(each for each in hidden if each.source_unit == "police")
    assert (theirs.said_protection["unsubstantiated"], theirs.precision) == (None, None)
