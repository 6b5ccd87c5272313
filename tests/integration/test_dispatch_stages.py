"""What happens to a report between its reception and its end: asked, found improper, alerted; told to its sender."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from contracts.decisions import ReportFoundImproper, SenderAnswered, SenderAsked
from contracts.topics import DECISIONS
from dispatch.domain.report.deadlines import level_of
from dispatch.domain.report.report import Assignee
from dispatch.figures.ledger import counters_of, today_of
from dispatch.figures.store import Figures
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.deadlines import breaching
from dispatch.window.rulings import Again
from dispatch.window.supervisors import Supervisors
from dispatch.window.teaching import Improper, Teaching, improper_of
from kit.problems import Conflict, Forbidden, NotFound
from pydantic import ValidationError
from rules.counties import settings_of

from tests.integration.dispatch_reports import COUNTY, accepted, body, instant, returned
from tests.integration.dispatch_stage import LI, WANG, Window, amendment, ruling, sees

pytestmark = pytest.mark.real
SHORT = Improper.model_validate({"version": 1, "shortcomings": [{"at": "/event/place", "code": "missing"}]})


def asking(window: Window) -> Asking:
    return Asking(window.reports, window.vault, instant)


async def told(window: Window, kind: str) -> list[bytes]:
    """The events of a kind that were published, after what flies has landed."""
    await window.landed()
    return [each.data for each in window.published if each.headers["ce_type"] == kind]


# --- the sender ----------------------------------------------------------------------------------------------------


async def test_a_question_in_words_is_published_sealed_with_the_time_it_was_promised_for(window: Window) -> None:
    [id] = await window.decided(1)
    await asking(window).ask(id, "林小1現在住哪裡?", WANG, sees)
    [data] = await told(window, "sender.asked")
    event = SenderAsked.model_validate_json(data)
    assert "林小1" not in data.decode()
    assert (event.report_id, event.agency_id, event.question) == (id, "police-1", None)
    assert event.due_at - event.asked_at == settings_of(COUNTY).sender_answers_within
    assert event.question_sealed
    assert await window.vault.open([event.question_sealed]) == [{"reason": "林小1現在住哪裡?"}]
    assert window.published[-1].topic == DECISIONS.name


async def test_a_question_as_a_code_and_its_answer_are_published_as_they_are(window: Window) -> None:
    [id] = await window.decided(1)
    await asking(window).ask(id, "where_is_the_child_now", WANG, sees)
    await asking(window).answered(id, "by_telephone", WANG, sees)
    [asked], [answered] = await told(window, "sender.asked"), await told(window, "sender.answered")
    assert SenderAsked.model_validate_json(asked).question == "where_is_the_child_now"
    assert SenderAnswered.model_validate_json(answered).report_id == id


async def test_an_amendment_that_answers_publishes_the_answer_once(window: Window) -> None:
    received = await window.received(1)
    await window.handlers.on_reports([received])
    amended = await amendment(window, received, body(1), 2)
    await asking(window).ask(str(received.event.subject), "where", WANG, sees)
    await window.handlers.on_reports([amended])
    await window.handlers.on_reports([amended])
    later = await amendment(window, received, body(1), 3)
    await window.handlers.on_reports([later])
    assert len(set(await told(window, "sender.answered"))) == 1


async def test_a_question_lies_in_the_report_until_kafka_has_it(window: Window) -> None:
    [id] = await window.decided(1)
    await window.landed()
    await window.reports.outbox.mark()
    await asking(window).ask(id, "where", WANG, sees)
    assert [each["headers"]["ce_type"] for each in (await window.document(id))["outbox"]] == ["sender.asked"]


async def test_an_improper_report_is_told_once_in_codes_and_stays_decided(window: Window) -> None:
    [id] = await window.decided(1)
    teaching = Teaching(window.reports, instant)
    answers = await asyncio.gather(*(teaching.find(id, SHORT, by, sees) for by in (WANG, LI)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Report"]
    [data] = await told(window, "report.found_improper")
    event = ReportFoundImproper.model_validate_json(data)
    assert [(each.at, each.code) for each in event.shortcomings] == [("/event/place", "missing")]
    document = await window.document(id)
    assert (document["stage"], document["decision"]["version"]) == ("waiting", 1)
    assert [each["what"] for each in document["history"]].count("found_improper") == 1


async def test_an_amended_report_may_be_found_improper_again(window: Window) -> None:
    received = await window.received(1)
    await window.handlers.on_reports([received])
    id, teaching = str(received.event.subject), Teaching(window.reports, instant)
    await teaching.find(id, SHORT, WANG, sees)
    await window.handlers.on_reports([await amendment(window, received, body(1), 2)])
    assert (again := await teaching.find(id, SHORT, WANG, sees)).improper and again.improper.name == "王篩派"


async def test_nobody_finds_another_countys_report_or_one_that_another_holds_improper(window: Window) -> None:
    [id] = await window.decided(1)
    teaching = Teaching(window.reports, instant)
    with pytest.raises(NotFound):
        await teaching.find(id, SHORT, WANG, lambda county: county == "chiayi-city")
    await Claims(window.reports, instant).take(id, WANG, sees)
    with pytest.raises(Conflict, match="王篩派"):
        await teaching.find(id, SHORT, LI, sees)


def test_the_form_takes_three_shortcomings_and_none_by_halves() -> None:
    form = {"version": "1", "at1": "/event/place", "code1": "missing", "at3": "/people/0/phones", "code3": "wrong"}
    assert [(each.at, each.code) for each in improper_of(form).shortcomings] == [
        ("/event/place", "missing"), ("/people/0/phones", "wrong")]  # fmt: skip
    for wrong in ({"version": "1"}, {"version": "1", "at1": "/event/place"}, form | {"at1": "林小美"}):
        with pytest.raises(ValidationError):
            improper_of(wrong)


# --- clocks --------------------------------------------------------------------------------------------------------


async def test_what_breaches_tonight_is_listed_with_its_level_and_ends_with_acceptance(window: Window) -> None:
    [id] = await window.decided(1)
    received, due = (await window.document(id))["decision"]["decided_at"], timedelta(hours=4)
    found = await breaching(window.reports, COUNTY, received, received + timedelta(hours=5))
    assert [(each.report_id, each.clock, each.level) for each in found] == [(id, "unit.accept", 0)]
    late = await breaching(window.reports, COUNTY, received + due * 0.9, received + timedelta(hours=5))
    assert [each.level for each in late] == [80]
    await window.handlers.on_news([accepted(id)])
    assert await breaching(window.reports, COUNTY, received, received + timedelta(days=30)) == []


async def test_a_decision_ends_the_clock_of_deciding_and_a_look_again_starts_its_own(window: Window) -> None:
    [id] = await window.decided(1)
    far = instant() + timedelta(days=40)
    assert "dispatch" not in {each.clock for each in await breaching(window.reports, COUNTY, instant(), far)}
    await window.rulings.review(id, ruling("protection"), WANG, sees)
    again = {each.clock: each for each in await breaching(window.reports, COUNTY, instant(), far)}
    assert {"dispatch", "decide_again"} <= again.keys()
    assert "unit.accept" not in again
    assert not again["decide_again"].verified


async def test_what_is_over_counts_as_overdue_and_no_more_as_due_soon(window: Window) -> None:
    await window.decided(1, 2)
    for later, counted in ((timedelta(), (0, 2)), (timedelta(days=3), (2, 0))):
        counters = await counters_of(window.reports, window.figures, COUNTY, instant() + later)
        assert (counters.overdue, counters.due_soon) == counted


async def test_counting_what_is_open_and_what_came_today_reads_no_report(window: Window) -> None:
    ids, now = await window.decided(*range(12)), instant()
    await window.handlers.on_news([accepted(id) for id in ids[:4]])
    figures = Explained(window.reports._reports.database)
    await figures.open_stages(COUNTY, now, timedelta(hours=6))
    await figures.by_stage(today_of(COUNTY, now))
    assert figures.documents_read == [0, 0]


class Explained(Figures):
    """Notes how many reports the database opens for each aggregation, however many index entries it reads."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.documents_read: list[int] = []

    async def _rows(self, *pipeline: dict[str, Any]) -> list[dict[str, Any]]:
        asked = {"aggregate": "reports", "pipeline": list(pipeline), "cursor": {}}
        explained = await self._reports.database.command("explain", asked, verbosity="executionStats")
        plan = explained["stages"][0]["$cursor"] if "stages" in explained else explained
        self.documents_read.append(int(plan["executionStats"]["totalDocsExamined"]))
        return []


@pytest.mark.parametrize("hours", [0, 1.9, 2.1, 3.3, 3.9, 4.1])
async def test_the_gauge_counts_the_levels_that_the_rows_show(window: Window, hours: float) -> None:
    ids = await window.decided(1, 2)
    now = instant() + timedelta(hours=hours)
    shown = [level_of(await window.report(id), now) for id in ids]
    assert await window.figures.by_level(COUNTY, now) == {each: shown.count(each) for each in shown}


async def test_of_two_who_ask_or_answer_at_one_instant_one_does_and_the_sender_hears_it_once(window: Window) -> None:
    [id] = await window.decided(1)
    for act, event in ((asking(window).ask, "sender.asked"), (asking(window).answered, "sender.answered")):
        outcomes = await asyncio.gather(
            *(act(id, "after_call", by, sees) for by in (WANG, LI, WANG)), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["Conflict", "Conflict", "NoneType"]
        assert len(await told(window, event)) == 1
        with pytest.raises(Conflict):
            await act(id, "after_call", WANG, sees)
    history = [each["what"] for each in (await window.document(id))["history"]]
    assert history[-2:] == ["sender_asked", "sender_answered"]


# --- units accept or return ----------------------------------------------------------------------------------------


async def given_back_twice(window: Window) -> str:
    [id] = await window.decided(1)
    await window.handlers.on_news([returned(id)])
    await window.rulings.rule(id, ruling("protection"), WANG, sees)
    await window.handlers.on_news([returned(id)])
    return id


async def test_silence_is_never_acceptance(window: Window) -> None:
    [id] = await window.decided(1)
    later = instant() + timedelta(days=10)
    document = await window.document(id)
    counters = await counters_of(window.reports, window.figures, COUNTY, later)
    assert (document["stage"], counters.overdue, counters.waits) == ("waiting", 1, {"waiting": 1})
    assert (await window.report(id)).responsible == f"{COUNTY}/window"
    await window.handlers.on_news([accepted(id)])
    assert (await window.report(id)).responsible == f"{COUNTY}/protection"


async def test_a_first_return_is_decided_by_any_officer_and_counted_once(window: Window) -> None:
    [id] = await window.decided(1)
    event = returned(id)
    await window.handlers.on_news([event, event])
    await window.handlers.on_news([event])
    document = await window.document(id)
    assert (document["stage"], document["returns"], document["returned"]["reason"]) == ("returned", 1, "not_our_area")
    assert document.get("assignee") is None
    await window.rulings.rule(id, ruling("protection"), WANG, sees)


async def test_a_second_return_is_a_named_supervisors_to_decide(window: Window) -> None:
    listed = [{"username": "li", "name": "李督導", "role": "supervisor", "counties": [COUNTY]}]
    window.handlers._supervisors = Supervisors(json.dumps(listed))
    id = await given_back_twice(window)
    document = await window.document(id)
    assert (document["returns"], document["assignee"]["name"]) == (2, "李督導")
    version = {"version": document["decision"]["version"]}
    with pytest.raises(Forbidden):
        await window.rulings.rule(id, ruling("protection", **version), WANG, sees)
    await window.rulings.review(id, Again(reason="look_again", **version), WANG, sees)
    with pytest.raises(Forbidden):
        await window.rulings.rule(id, ruling("protection", version=version["version"] + 1), WANG, sees)
    decided = await window.rulings.rule(id, ruling("protection", version=version["version"] + 1), LI, sees)
    assert (decided.stage, decided.assignee) == ("waiting", None)
    assert (await counters_of(window.reports, window.figures, COUNTY, instant())).returned_twice == 1


async def test_undoing_a_supervisors_decision_leaves_the_report_to_a_supervisor(window: Window) -> None:
    id = await given_back_twice(window)
    decided = await window.rulings.rule(id, ruling("protection", version=2), LI, sees)
    undone = await window.rulings.undo(id, decided.decision.version, LI, sees)
    assert (undone.stage, undone.assignee) == ("pending", Assignee())


async def test_an_amendment_decides_nothing_that_waits_for_a_supervisor(window: Window) -> None:
    received = await window.received(1)
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await window.handlers.on_news([returned(id)])
    await window.rulings.rule(id, ruling("protection"), WANG, sees)
    await window.handlers.on_news([returned(id)])
    await window.handlers.on_reports([await amendment(window, received, body(1), 2)])
    document = await window.document(id)
    assert (document["stage"], document["assignee"]) == ("pending", {"by": "", "name": ""})


async def test_two_returns_at_once_count_two_and_name_a_supervisor(window: Window) -> None:
    [id] = await window.decided(1)
    await asyncio.gather(*(window.handlers.on_news([returned(id)]) for _ in range(2)))
    document = await window.document(id)
    assert (document["returns"], document["assignee"]) == (2, {"by": "", "name": ""})


async def test_a_return_of_a_decision_since_replaced_is_not_counted(window: Window) -> None:
    [id] = await window.decided(1)
    await window.rulings.review(id, Again(reason="look_again", version=1), WANG, sees)
    await window.handlers.on_news([returned(id)])
    document = await window.document(id)
    assert (document["stage"], document["returns"]) == ("pending", 0)
