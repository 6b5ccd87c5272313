"""The desk on a real MongoDB: claims that end by themselves, undoing, shifts taken over, changes told."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from dispatch.board import store as board_store
from dispatch.board.reading import Reading
from dispatch.board.store import Looks, Rows
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.site.officers import Officer
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.rulings import Again, Rulings
from dispatch.window.shifts import store as shift_store
from dispatch.window.shifts.shifts import Shifts, morning_after
from dispatch.window.shifts.store import Notes
from kit.problems import Conflict, Forbidden, NotFound
from rules.counties import settings_of

from tests.integration.dispatch_reports import COUNTY, accepted, body, instant
from tests.integration.dispatch_stage import LI, WANG, Window, amendment, ruling, sees, today

pytestmark = pytest.mark.real
OFFICER = Officer("wang", "王", "officer", (COUNTY,))
LOOK = Again(reason="look_again", version=1)


def at(later: timedelta) -> Callable[[], datetime]:
    return lambda: instant() + later


def rulings(window: Window, later: timedelta = timedelta()) -> Rulings:
    return Rulings(window.reports, window.vault, window.rulings._policies, at(later))


# --- lists ----------------------------------------------------------------------------------------------------------


async def test_a_report_that_moves_while_a_board_is_read_stands_in_one_list(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    [id] = await window.decided(1)
    await window.documents.update_one({"_id": id}, {"$set": {"stage": Stage.WAITING}})
    read = Rows.waiting

    async def moves_meanwhile(self: Rows, county: str, stage: str, *given: Any) -> list[Report]:
        found = await read(self, county, stage, *given)
        if stage == Stage.RETURNED:
            await window.documents.update_one({"_id": id}, {"$set": {"stage": Stage.RETURNED}})
        return found

    monkeypatch.setattr(Rows, "waiting", moves_meanwhile)
    reading = Reading(window.reports, window.vault, Looks(window.documents.database), None, instant)  # type: ignore[arg-type]
    lists = (await reading.rows(OFFICER, COUNTY, "en"))["lists"]
    assert sum(len(each) for each in lists.values()) == 1


async def test_what_has_no_outcome_to_wait_for_but_a_clock_that_is_over_stands_once(window: Window) -> None:
    [id] = await window.decided(1)
    gone = {"stage": Stage.SETTLED, "breach_at": instant() - timedelta(hours=1)}
    await window.documents.update_one({"_id": id}, {"$set": gone})
    reading = Reading(window.reports, window.vault, Looks(window.documents.database), None, instant)  # type: ignore[arg-type]
    found = [row for rows in (await reading.rows(OFFICER, COUNTY, "en"))["lists"].values() for row in rows]
    assert len(found) == 1


# --- claims --------------------------------------------------------------------------------------------------------


async def test_of_two_who_claim_at_once_one_holds_it_and_the_other_hears_the_name(window: Window) -> None:
    [id] = await window.decided(1)
    claims = Claims(window.reports, instant)
    answers = await asyncio.gather(*(claims.take(id, by, sees) for by in (WANG, LI)), return_exceptions=True)
    [refused] = [each for each in answers if isinstance(each, Conflict)]
    held = (await window.report(id)).claimed(instant())
    assert held
    assert all(held.name in words for words in refused.said)


async def test_a_claim_ends_after_a_quarter_of_an_hour_of_nothing(window: Window) -> None:
    [id] = await window.decided(1)
    await Claims(window.reports, instant).take(id, WANG, sees)
    with pytest.raises(Conflict):
        await Claims(window.reports, at(settings_of(COUNTY).claim_idle - timedelta(minutes=1))).take(id, LI, sees)
    await Claims(window.reports, at(settings_of(COUNTY).claim_idle)).take(id, LI, sees)
    assert (await window.document(id))["claim"]["by"] == "li"


async def test_who_is_at_it_keeps_the_claim(window: Window) -> None:
    [id] = await window.decided(1)
    await Claims(window.reports, instant).take(id, WANG, sees)
    await Claims(window.reports, at(timedelta(minutes=10))).hold_on(id, WANG)
    await Claims(window.reports, at(timedelta(minutes=10))).hold_on(id, LI)
    with pytest.raises(Conflict):
        await Claims(window.reports, at(timedelta(minutes=20))).take(id, LI, sees)


async def test_claiming_again_is_one_line_of_the_history(window: Window) -> None:
    [id] = await window.decided(1)
    for _ in range(3):
        await Claims(window.reports, instant).take(id, WANG, sees)
    assert [each["what"] for each in (await window.document(id))["history"]].count("claimed") == 1


async def test_nobody_decides_what_another_officer_holds(window: Window) -> None:
    [id] = await window.decided(1)
    await Claims(window.reports, instant).take(id, WANG, sees)
    with pytest.raises(Conflict, match="王篩派"):
        await window.rulings.rule(id, ruling("protection"), LI, sees)
    with pytest.raises(Conflict, match="王篩派"):
        await Asking(window.reports, window.vault, instant).ask(id, "住址?", LI, sees)
    report = await window.rulings.rule(id, ruling("protection"), WANG, sees)
    assert report.claim is None


async def test_another_countys_report_can_not_be_claimed(window: Window) -> None:
    [id] = await window.decided(1)
    with pytest.raises(NotFound):
        await Claims(window.reports, instant).take(id, WANG, lambda county: county == "chiayi-city")


# --- undo ----------------------------------------------------------------------------------------------------------


async def decided_by_wang(window: Window) -> str:
    [id] = await window.decided(1)
    await window.rulings.rule(id, ruling("protection"), WANG, sees)
    return id


async def test_an_undone_decision_is_a_new_version_with_the_old_content(window: Window) -> None:
    [id] = await window.decided(1)
    before = (await window.document(id))["decision"]
    await window.rulings.rule(id, ruling("welfare_centre"), LI, sees)
    await window.rulings.undo(id, 2, LI, sees)
    after = await window.document(id)
    assert (after["decision"]["version"], after["stage"]) == (3, "waiting")
    assert {name: after["decision"][name] for name in ("outcome", "unit", "clocks", "because")} == {
        name: before[name] for name in ("outcome", "unit", "clocks", "because")
    }
    await window.landed()
    assert [b'"version":3' in each.data for each in window.published][-1]


async def test_ten_minutes_later_nothing_is_undone(window: Window) -> None:
    id = await decided_by_wang(window)
    with pytest.raises(Conflict):
        await rulings(window, settings_of(COUNTY).undo_within).undo(id, 2, WANG, sees)


@pytest.mark.parametrize("by", [LI, Actor("陳篩派", False, "chen")], ids=["supervisor", "another officer"])
async def test_only_who_decided_or_a_supervisor_undoes(window: Window, by: Actor) -> None:
    id = await decided_by_wang(window)
    if by.supervisor:
        assert (await window.rulings.undo(id, 2, by, sees)).decision.version == 3
    else:
        with pytest.raises(Forbidden):
            await window.rulings.undo(id, 2, by, sees)


async def test_what_a_unit_or_the_sender_relies_on_is_not_undone(window: Window) -> None:
    received = await window.received(1)
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await window.rulings.rule(id, ruling("protection"), WANG, sees)
    await window.handlers.on_news([accepted(id)])
    with pytest.raises(Conflict):
        await window.rulings.undo(id, 2, WANG, sees)
    await window.handlers.on_reports([await amendment(window, received, body(1), 2)])
    with pytest.raises(Conflict):
        await window.rulings.undo(id, 3, WANG, sees)


async def test_the_ledger_stays_equal_through_every_act(window: Window) -> None:
    first, second = await window.decided(1, 2)
    found = [await today(window)]
    await window.rulings.review(first, LOOK, WANG, sees)
    found.append(await today(window))
    await window.rulings.undo(first, 2, WANG, sees)
    linked = ruling("duplicate", duplicate_of=first)
    await window.rulings.rule(second, linked, LI, sees)
    found.append(await today(window))
    await window.rulings.unlink(second, Again(reason="not_the_same", version=2), LI, sees)
    found.append(await today(window))
    assert [(each.equal, each.received, each.open) for each in found] == [
        (True, 2, 0), (True, 2, 1), (True, 2, 0), (True, 2, 1)]  # fmt: skip


async def test_a_report_sent_back_has_a_clock_and_keeps_its_unit(window: Window) -> None:
    [id] = await window.decided(1)
    report = await window.rulings.review(id, LOOK, WANG, sees)
    assert report.stage == "pending"
    assert report.decision.unit == f"{COUNTY}/protection"
    assert report.breach_at
    assert report.breach_at <= instant() + timedelta(hours=4)


# --- asking, shifts ------------------------------------------------------------------------------------------------


async def test_an_amendment_by_the_sender_answers_the_question(window: Window) -> None:
    received = await window.received(1)
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await Asking(window.reports, window.vault, instant).ask(id, "林小1住哪裡?", WANG, sees)
    asked = await window.document(id)
    assert asked["asked"]["name"] == "王篩派"
    assert "林小1" not in str(asked["history"])
    await window.handlers.on_reports([await amendment(window, received, body(1), 2)])
    assert (await window.document(id))["asked"] is None


def shifts(window: Window) -> Shifts:
    database: Any = window.reports._reports.database
    return Shifts(Notes(database), window.reports, window.vault, Claims(window.reports, instant), instant)


async def test_a_shift_is_taken_over_once_by_another_with_what_was_held(window: Window) -> None:
    [id] = await window.decided(1)
    await Claims(window.reports, instant).take(id, WANG, sees)
    note = await shifts(window).hand_over(COUNTY, "林小1等回電", WANG)
    with pytest.raises(Forbidden):
        await shifts(window).accept(note, WANG, sees)
    with pytest.raises(NotFound):
        await shifts(window).accept(note, LI, lambda county: county == "chiayi-city")
    answers = await asyncio.gather(*(shifts(window).accept(note, LI, sees) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "NoneType"]
    assert (await window.document(id))["claim"]["name"] == "李督導"
    [(kept, words)], following = await shifts(window).latest(COUNTY)
    assert following is None
    assert kept["accepted"] is not None
    assert (words, kept["accepted"]["name"]) == ("林小1等回電", "李督導")
    assert "林小1" not in str(kept)
    assert await shifts(window).waiting(COUNTY) == 0


async def test_every_note_is_a_link_away_however_many_were_written_since(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shift_store, "SHOWN", 2)
    written = [await shifts(window).hand_over(COUNTY, "", WANG) for _ in range(3)]
    page, following = await shifts(window).latest(COUNTY)
    older, end = await shifts(window).latest(COUNTY, following or "")
    assert (len(page), len(older), end) == (2, 1, None)
    assert {note["_id"] for note, _ in (*page, *older)} == set(written)


async def test_how_many_older_reports_are_not_compared_is_known(window: Window) -> None:
    [first] = await window.decided(1)
    for _ in range(2):
        await window.decided(1)
    keys = sorted((await window.report(first)).keys.blocking)
    found, older = await window.reports.registered_under(keys, also=(), most=2)
    assert (len(found), older) == (2, 1)
    assert len((await window.reports.registered_under(keys, also=(), most=3))[0]) == 3


async def test_who_asked_for_names_is_told_with_one_more_than_a_page_shows(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_store, "MOST_REVEALS", 2)
    [id] = await window.decided(1)
    looks = board_store.Looks(window.reports._reports.database)
    report = await window.report(id)
    for _ in range(4):
        await looks.note_reveal(OFFICER, report, 0)
    assert len(await looks.reveals_of(id)) == 3


def test_a_night_ends_at_eight_in_taipei() -> None:
    evening = datetime.fromisoformat("2026-11-22T23:10:00+08:00")
    assert morning_after(COUNTY, evening) == datetime.fromisoformat("2026-11-23T08:00:00+08:00")
    assert morning_after(COUNTY, evening + timedelta(hours=4)) == datetime.fromisoformat("2026-11-23T08:00:00+08:00")


# --- changes -------------------------------------------------------------------------------------------------------


async def test_a_steady_flow_of_changes_is_told_while_it_flows(window: Window) -> None:
    [id] = await window.decided(1)
    told = 0

    async def listen() -> None:
        nonlocal told
        async for _, documents in window.reports.changes():
            told += bool(documents)

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.5)
    for _ in range(60):
        await window.alter(id, {"changed_at": instant()})
        await asyncio.sleep(0.02)
    while_it_flowed = told
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert while_it_flowed >= 5
