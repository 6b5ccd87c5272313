"""A hospital's emergency reaches its own group at once, and somebody by name, whatever the hour."""

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.cases import CaseAccepted
from contracts.decisions import DecisionMade, Outcome, UnitId
from contracts.reports import CaseType, ReportId, SourceUnit
from contracts.topics import CASES, DECISIONS

from tests.integration.notify_clock import time_passes
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    button_of,
    code_in,
    happened,
    on_stage,
    opened,
    press,
    settings_of,
)
from tests.integration.post_office import PERSON, Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
HOSPITAL, UNIT = "C" + "d" * 32, f"{COUNTY}/hospital_emergencies"
USER = "U" + "7" * 32


def line_of() -> FakeLine:
    return FakeLine(sizes={HOSPITAL: 16}, names={USER: "護理長"})


async def bound(stage: Stage, line: FakeLine, group: str, purpose: str, **more: str) -> None:
    """The account is invited into a group, and an officer types the code that it was shown."""
    before = len(line.replies)
    await stage.webhook(happened("join", group, replyToken="r"))
    await until(lambda: len(line.replies) > before)
    order = {"code": code_in(line.replies[-1]), "purpose": purpose, "county": COUNTY, **more}
    answer = await stage.send("PUT", "/v1/groups", **order)
    assert answer.status_code == 200, answer.text


def decided(number: int = 0, **more: Any) -> DecisionMade:
    now = datetime.now(UTC)
    fields: dict[str, Any] = {
        "report_id": ReportId(f"report-{number}"), "county": COUNTY, "agency_id": "hospital", "received_at": now,
        "source_unit": SourceUnit.MEDICAL, "case_type": CaseType.CHILD_PROTECTION, "outcome": Outcome.PROTECTION,
        "priority": 1, "unit": LEAD, "decided_at": now, "decided_by": "table",
    }  # fmt: skip
    return DecisionMade(**fields | more)


async def card_of(stage: Stage, report_id: str, state: str, steps: int = 0) -> dict[str, Any] | None:
    listed = await stage.deliveries(report_id=report_id)
    found = [each for each in listed if each["template"] == "hospital_emergency" and each["step_of"] is None]
    return next((each for each in found if each["state"] == state and len(each["steps"]) >= steps), None)


async def test_at_night_nobody_answers_then_the_person_on_call_then_mail_and_after_a_name_nothing(
    settings_env: dict[str, str], wire: Wire
) -> None:
    """02:00 the card, 02:15 the person on call, 02:18 the second channel, 02:19 accepted by name: the end."""
    line, post = line_of(), Post()
    async with post_office(settings_env, line, post, unit=UNIT) as stage:
        await bound(stage, line, HOSPITAL, "hospital_emergencies")
        before = len(line.replies)
        await stage.webhook(happened("follow", "", source={"type": "user", "userId": USER}, replyToken="r"))
        await until(lambda: len(line.replies) > before)
        await stage.send("PUT", "/v1/line-user", PERSON, code=code_in(line.replies[-1]))
        event = decided()
        await wire.send(DECISIONS, event)
        sent = await until(lambda: card_of(stage, event.report_id, "sent"))
        assert [to for to, _ in line.seen] == [HOSPITAL]
        await time_passes(stage.documents, timedelta(minutes=15))
        await until(lambda: card_of(stage, event.report_id, "escalated", 1))
        await until(lambda: len(line.seen) == 3)
        assert post.came == []
        await time_passes(stage.documents, timedelta(minutes=3))
        await until(lambda: card_of(stage, event.report_id, "escalated", 2))
        await until(lambda: post.came)
        await time_passes(stage.documents, timedelta(minutes=1))
        await stage.webhook(press(button_of(line.seen[0][1]), HOSPITAL, user=USER))
        done = await until(lambda: card_of(stage, event.report_id, "acknowledged"))
        await time_passes(stage.documents, timedelta(hours=6))
        await stage.app.state.escalations.take_due()
        told = await stage.deliveries(report_id=event.report_id)
    steps = [(each["whom"], each["person"], each["by"]) for each in done["steps"]]
    assert steps == [("on_call", PERSON, ["mention", "line"]), ("on_call", PERSON, ["mail"])]
    began, *times = (datetime.fromisoformat(each) for each in [done["queued_at"], *(s["at"] for s in done["steps"])])
    minutes = [round((at - began).total_seconds() / 60) for at in (*times, _at(done["acknowledged_at"]))]
    assert minutes == [15, 18, 19]
    assert (done["acknowledged_by"], done["bound"], len(told), len(line.seen), len(post.came)) == (
        PERSON,
        True,
        4,
        3,
        1,
    )
    assert sent["rule"].endswith("/hospital_emergency")
    assert "priority 1, by its source and case type: hospital_emergencies, at_once" in sent["because"]


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_what_two_doctors_report_is_one_card_and_the_units_answer_ends_it(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line, first = line_of(), decided(1)
    second = decided(2, duplicate_of=first.report_id, outcome=Outcome.DUPLICATE)
    others = [decided(3, priority=2), decided(4, source_unit=SourceUnit.POLICE), decided(5, county="yunlin-county")]
    case = opened()
    async with on_stage(settings_of(settings_env), line) as stage:
        await bound(stage, line, HOSPITAL, "hospital_emergencies")
        await wire.send(DECISIONS, *others, first, first, second, first.model_copy(update={"version": 2}))
        sent = await until(lambda: card_of(stage, first.report_id, "sent"))
        await wire.send(CASES, case)
        await until(lambda: len(line.seen) == 2)
        accepted = CaseAccepted(
            case_id=case.case_id, version=2, county=COUNTY, report_id=first.report_id, unit=UnitId(LEAD),
            accepted_by="陳社工", accepted_at=datetime.now(UTC),
        )  # fmt: skip
        await wire.send(CASES, accepted)
        await until(lambda: _answered(stage, sent["delivery_id"]))
        [other] = await stage.deliveries(report_id=case.report_id)
    assert [to for to, _ in line.seen].count(HOSPITAL) == 1
    assert other["rule"].endswith("/all_else")


async def _answered(stage: Stage, id: str) -> bool:
    found = await stage.documents.find_one({"_id": id})
    return bool(found and found["run"]["answered_by"] == "陳社工")


async def test_a_countys_own_rules_send_a_decision_to_the_group_of_its_district(
    settings_env: dict[str, str], wire: Wire, tmp_path: Path
) -> None:
    rule: dict[str, Any] = dict.fromkeys(("sources", "case_types", "priorities"), "any")
    rule |= {"id": "liaison", "events": ["decision.made"], "counties": [COUNTY], "districts": ["minxiong"]}
    rule |= {"to": "district_liaison", "when": "at_once"}
    own, near, far = tmp_path / "routing.yaml", "C" + "a" * 32, "C" + "b" * 32
    written = yaml.safe_load((files("notify") / "routing.yaml").read_text("utf-8")) | {"version": "own"}
    written["rules"] = [rule, *written["rules"]]
    own.write_text(yaml.safe_dump(written, allow_unicode=True), "utf-8")
    line = line_of()
    async with on_stage(settings_of(settings_env, routing_file=own), line) as stage:
        await bound(stage, line, near, "district_liaison", district="minxiong")
        await bound(stage, line, far, "district_liaison", district="xingang")
        await wire.send(DECISIONS, decided(6, source_unit=SourceUnit.POLICE))
        await until(lambda: line.seen)
        [told] = await stage.deliveries(report_id="report-6")
    [(to, card)] = line.seen
    assert (to, told["rule"], told["template"]) == (near, "own/liaison", "told")
    assert "postback" not in str(card)
