"""Decision tables in the database: drafted, proved, tried out, approved by a second person, in force everywhere."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.reports import ReportReceived
from dispatch.domain.period import Period
from dispatch.domain.report.actor import Actor
from dispatch.policy import packaged_text, policies
from dispatch.publishing.draft_text import started_from
from dispatch.publishing.in_force import FRESH, TablesInForce
from dispatch.publishing.publication import Publishing
from dispatch.publishing.replays import Replays
from dispatch.publishing.store import Tables
from dispatch.window.handlers import Handlers
from kit import mongo
from kit.inbox import NotYet
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable
from rules.spans import TAIPEI

from tests.integration.dispatch_reports import COUNTY, TODAY, body, consultation, instant
from tests.integration.dispatch_stage import Window, make_window
from tests.integration.tables_stage import SOON, text
from tests.parts import Parts

pytestmark = pytest.mark.real
WANG, LIN, CHEN = (
    Actor(f"{name}督導", supervisor=True, username=id) for name, id in (("王", "wang"), ("林", "lin"), ("陳", "chen"))
)
OFFICER = Actor("張篩派員", supervisor=False, username="zhang")
LOWER = ("tipvda: {at_least: 6}", "tipvda: {at_least: 4}")
"""T02 of the county's table, which then finds more."""
STRANGLED = ("id: D01, outcome: protection, priority: 1", "id: D01, outcome: protection, priority: 2")


def everything(county: str) -> bool:
    return True


@dataclass
class Office:
    """Two replicas' tables in force and one desk, on a database of their own."""

    window: Window
    tables: Tables
    publishing: Publishing
    replays: Replays
    others: TablesInForce

    async def replayed(self, id: str) -> dict[str, Any]:
        draft = await self.publishing.draft(id, everything)
        await self.replays.start(draft, Period(COUNTY, TODAY - timedelta(days=2), TODAY + timedelta(days=1)), WANG)
        async with asyncio.timeout(60):
            while (found := await self.tables.replay_of(id)) is None or found["state"] == "running":
                await asyncio.sleep(0.05)
        assert found["state"] == "done", found
        return found

    async def asked(self, written: str, by: Actor = WANG) -> dict[str, Any]:
        """A draft that waits for approval, and a replay as its process would have left it, seconds later."""
        id = await self.publishing.write(COUNTY, written, by)
        await self.tables.add_replay(
            {"_id": id, "draft": id, "revision": 1, "started_at": instant(), "seen_at": instant(), "state": "done"}
        )
        await self.publishing.ask(await self.publishing.draft(id, everything), 1, "較早介入", by)
        return await self.publishing.draft(id, everything)

    async def published(self, written: str) -> str:
        draft = await self.asked(written)
        return await self.publishing.approve(draft, 1, await self.publishing.seen(COUNTY), LIN)


@pytest.fixture
async def office(parts: Parts, settings_env: dict[str, str]) -> AsyncIterator[Office]:
    client = mongo.connect(parts.mongo)
    name = settings_env["database_prefix"] + "dispatch"
    tables = Tables(client, mongo.database(client, name))
    await tables.prepare()
    window = make_window(client, settings_env)
    await window.reports.prepare()
    replays = Replays(tables, parts.mongo, name, instant)
    publishing = Publishing(tables, TablesInForce(tables, policies()), instant)
    async with replays.running():
        yield Office(window, tables, publishing, replays, TablesInForce(tables, policies()))
    client.close()


# --- two people ----------------------------------------------------------------------------------------------------


async def test_a_second_supervisor_publishes_and_the_record_names_both(office: Office) -> None:
    id = await office.published(text(LOWER))
    [version] = await office.tables.versions_of(COUNTY)
    assert (version["_id"], version["in_force_from"]) == (id, SOON.isoformat())
    assert (version["writers"], version["asked"]["by"], version["approved"]["by"]) == (["wang"], "wang", "lin")
    draft = await office.publishing.draft(version["draft"], everything)
    assert [each["what"] for each in draft["history"]] == ["started", "asked", "approved"]
    assert draft["state"] == "published"


@pytest.mark.parametrize("again", [WANG, replace(WANG, username="api:wang"), replace(LIN, username="wang")])
async def test_nobody_approves_what_they_wrote_under_whatever_account(office: Office, again: Actor) -> None:
    draft = await office.asked(text(LOWER))
    with pytest.raises(Forbidden):
        await office.publishing.approve(draft, 1, 0, again)
    assert await office.tables.versions_of(COUNTY) == []


async def test_who_wrote_a_part_does_not_approve_the_whole(office: Office) -> None:
    id = await office.publishing.write(COUNTY, text(LOWER), WANG)
    await office.publishing.save(await office.publishing.draft(id, everything), 1, text(LOWER, STRANGLED), LIN)
    await office.replayed(id)
    await office.publishing.ask(await office.publishing.draft(id, everything), 2, "", WANG)
    draft = await office.publishing.draft(id, everything)
    for writer in (WANG, LIN):
        with pytest.raises(Forbidden):
            await office.publishing.approve(draft, 2, 0, writer)
    assert await office.publishing.approve(draft, 2, 0, CHEN) == f"{COUNTY}:1"


async def test_an_officer_writes_and_approves_nothing(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    for act in (
        office.publishing.write(COUNTY, text(), OFFICER),
        office.publishing.approve(draft, 1, 0, OFFICER),
        office.publishing.send_back(draft, 1, "不妥", OFFICER),
        office.publishing.save(draft, 1, "", OFFICER),
    ):
        with pytest.raises(Forbidden):
            await act


async def test_a_draft_goes_back_with_a_reason_and_is_written_on(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    with pytest.raises(Unprocessable):
        await office.publishing.send_back(draft, 1, " ", LIN)
    await office.publishing.send_back(draft, 1, "T02 請說明依據", LIN)
    draft = await office.publishing.draft(draft["_id"], everything)
    assert (draft["state"], draft["history"][-1]["words"]) == ("sent_back", "T02 請說明依據")
    with pytest.raises(Conflict):
        await office.publishing.approve(draft, 1, 0, LIN)
    await office.publishing.save(draft, 1, text(LOWER, STRANGLED), WANG)
    assert (await office.publishing.draft(draft["_id"], everything))["revision"] == 2


# --- races ---------------------------------------------------------------------------------------------------------


async def test_of_two_supervisors_who_publish_one_draft_one_wins(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    done = await asyncio.gather(
        *(office.publishing.approve(draft, 1, 0, by) for by in (LIN, CHEN) * 5), return_exceptions=True
    )
    assert [each for each in done if isinstance(each, str)] == [f"{COUNTY}:1"]
    assert all(isinstance(each, Conflict) for each in done if not isinstance(each, str))
    assert len(await office.tables.versions_of(COUNTY)) == 1


@pytest.mark.parametrize("apart", [0, 1])
async def test_of_two_tables_published_against_the_same_one_one_wins(office: Office, apart: int) -> None:
    """For one day or for two: the other's approver has not seen what is in force now."""
    drafts = [await office.asked(text(LOWER)), await office.asked(text(STRANGLED, day=SOON + timedelta(days=apart)))]
    done = await asyncio.gather(
        *(office.publishing.approve(draft, 1, 0, LIN) for draft in drafts), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["Conflict", "str"]
    assert len(await office.tables.versions_of(COUNTY)) == 1
    states = [(await office.publishing.draft(each["_id"], everything))["state"] for each in drafts]
    assert sorted(states) == ["asked", "published"]


async def test_whoever_saves_second_is_told_and_loses_nothing_of_the_first(office: Office) -> None:
    id = await office.publishing.write(COUNTY, text(), WANG)
    draft = await office.publishing.draft(id, everything)
    await office.publishing.save(draft, 1, text(LOWER), WANG)
    with pytest.raises(Conflict, match="王督導"):
        await office.publishing.save(draft, 1, text(STRANGLED), LIN)
    assert (await office.publishing.draft(id, everything))["text"] == text(LOWER)


async def test_what_was_changed_after_it_was_looked_at_is_not_published(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    await office.publishing.take_back(draft, 1, WANG)
    await office.publishing.save(await office.publishing.draft(draft["_id"], everything), 1, text(STRANGLED), WANG)
    with pytest.raises(Conflict):
        await office.publishing.approve(draft, 1, 0, LIN)
    assert await office.tables.versions_of(COUNTY) == []


# --- what may be published -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("tipvda: {at_least: 6}", "tipvda: {at_most: 6}"), "T02"),
        (("any_of: [strangulation]", "any_of: [strangling]"), "D01"),
        (("any_of: [strangulation]", "any_of: [weapon_threat]"), "D0"),
    ],
)
async def test_a_table_that_does_not_pass_is_not_published_and_its_rows_are_named(
    office: Office, change: tuple[str, str], told: str
) -> None:
    id = await office.publishing.write(COUNTY, text(change), WANG)
    with pytest.raises(Unprocessable, match=told) as refused:
        await office.publishing.ask(await office.publishing.draft(id, everything), 1, "", WANG)
    assert all(re.fullmatch(r"/text/\d+", each["at"]) for each in refused.value.errors)


async def test_a_table_that_begins_today_or_is_another_countys_is_refused(office: Office) -> None:
    for wrong in (text(day=TODAY), text(county="chiayi-city")):
        id = await office.publishing.write(COUNTY, wrong, WANG)
        with pytest.raises(Unprocessable):
            await office.publishing.ask(await office.publishing.draft(id, everything), 1, "", WANG)


async def test_approval_is_asked_for_what_was_tried_out_as_it_is(office: Office) -> None:
    id = await office.publishing.write(COUNTY, text(), WANG)
    with pytest.raises(Unprocessable, match="Replay"):
        await office.publishing.ask(await office.publishing.draft(id, everything), 1, "", WANG)
    await office.replayed(id)
    await office.publishing.save(await office.publishing.draft(id, everything), 1, text(LOWER), WANG)
    with pytest.raises(Unprocessable, match="Replay"):
        await office.publishing.ask(await office.publishing.draft(id, everything), 2, "", WANG)


async def test_a_draft_waits_until_its_day_is_past_and_then_cannot_be_published(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    late = Publishing(office.tables, office.others, lambda: instant() + timedelta(days=3))
    with pytest.raises(Unprocessable):
        await late.approve(draft, 1, 0, LIN)


async def test_another_countys_draft_is_not_there(office: Office) -> None:
    draft = await office.asked(text(LOWER))
    with pytest.raises(NotFound):
        await office.publishing.draft(draft["_id"], lambda county: county == "chiayi-city")


# --- in force ------------------------------------------------------------------------------------------------------


async def decided_on(office: Office, handlers: Handlers, number: int, at: datetime) -> dict[str, Any]:
    received = await office.window.received(body(number))
    assert isinstance(received.event, ReportReceived)
    event = received.event.model_copy(update={"received_at": at})
    await handlers.on_reports([replace(received, event=event)])
    return await office.window.document(event.report_id)


async def test_every_replica_decides_by_a_table_from_its_first_instant_on_and_not_before(office: Office) -> None:
    ticks = [0.0]
    others = TablesInForce(office.tables, policies(), lambda: ticks[0])
    window = office.window
    replica = Handlers(window.reports, window.vault, window.handlers._indexes, others, instant)
    before = await decided_on(office, replica, 1, instant())
    await office.published(text(STRANGLED))
    ticks[0] += FRESH + 0.1
    midnight = datetime.combine(SOON, datetime.min.time(), TAIPEI)
    last = await decided_on(office, replica, 2, midnight - timedelta(milliseconds=1))
    first = await decided_on(office, replica, 3, midnight)
    told = [each["decision"]["table"]["in_force_from"] for each in (before, last, first)]
    assert told == ["2021-01-01", "2021-01-01", SOON.isoformat()]


async def test_tables_are_read_again_when_they_are_no_longer_fresh_and_only_what_is_new(office: Office) -> None:
    ticks = [0.0]
    others = TablesInForce(office.tables, policies(), lambda: ticks[0])
    assert (await others.current()).in_force(COUNTY, SOON).table.in_force_from < SOON
    await office.published(text(LOWER))
    assert (await others.current()).in_force(COUNTY, SOON).table.in_force_from < SOON
    ticks[0] += FRESH + 0.1
    assert (await others.current()).in_force(COUNTY, SOON).table.in_force_from == SOON
    assert (await others.current()).in_force("chiayi-city", SOON).table.in_force_from < SOON


async def test_nothing_is_decided_while_a_published_table_is_newer_than_this_release(office: Office) -> None:
    await office.published(text(STRANGLED))
    of_a_newer_one = {"$set": {"text": "county: chiayi-county\ncells_of_tomorrow: []\n"}}
    await office.tables._versions.update_many({}, of_a_newer_one)
    with pytest.raises(NotYet):
        await TablesInForce(office.tables, policies()).current()


async def test_a_county_without_a_table_is_decided_by_the_sample_until_its_own_begins(office: Office) -> None:
    own = started_from(packaged_text("yunlin-county"), "yunlin-county", "雲林督導", SOON)
    id = await office.publishing.write("yunlin-county", own, WANG)
    draft = await office.publishing.draft(id, everything)
    await office.replays.start(draft, Period("yunlin-county", TODAY, TODAY), WANG)
    while (await office.tables.replay_of(id) or {})["state"] == "running":
        await asyncio.sleep(0.05)
    await office.publishing.ask(draft, 1, "", WANG)
    await office.publishing.approve(await office.publishing.draft(id, everything), 1, 0, LIN)
    found = await office.others.read()
    assert found.in_force("yunlin-county", TODAY).sample
    assert not found.in_force("yunlin-county", SOON).sample
    assert found.in_force(COUNTY, SOON).table.county == COUNTY


# --- replay --------------------------------------------------------------------------------------------------------


async def test_a_replay_tells_what_flips_and_changes_nothing_while_reports_come_in(office: Office) -> None:
    window = office.window
    await window.handlers.on_reports([await window.received(consultation(number)) for number in range(100, 130)])
    id = await office.publishing.write(COUNTY, text(("needs: {missing: true}", "need_count: {at_least: 1}")), WANG)
    before = {each.id: each for each in await window.reports.listed({}, "_id", 1, 1000)}
    replaying = asyncio.create_task(office.replayed(id))
    more = [await window.received(number) for number in range(20)]
    for each in more:
        await window.handlers.on_reports([each])
    result = (await replaying)["result"]
    after = {each.id: each for each in await window.reports.listed({}, "_id", 1, 1000)}
    assert {id: after[id] for id in before} == before
    assert len(after) == 50
    assert all(after[each.event.subject].decision.version == 1 for each in more)
    assert result["decided"] >= 30
    [way] = result["ways"]
    assert way["count"] == 30
    assert len(way["examples"]) == 3
    assert all(one["serial"].startswith("CYI-") for one in way["examples"])
    assert [each["value"] for each in result["by"]["township"]] == ["布袋鎮"]


async def test_two_replays_of_one_draft_do_not_run_at_once(office: Office) -> None:
    id = await office.publishing.write(COUNTY, text(), WANG)
    draft, period = await office.publishing.draft(id, everything), Period(COUNTY, TODAY, TODAY)
    await office.replays.start(draft, period, WANG)
    with pytest.raises(Conflict):
        await office.replays.start(draft, period, WANG)
    with pytest.raises(Unprocessable):
        await office.replays.start(draft, Period(COUNTY, TODAY, TODAY - timedelta(days=1)), WANG)


async def test_a_replay_that_is_stopped_with_its_replica_says_so(parts: Parts, office: Office) -> None:
    id = await office.publishing.write(COUNTY, text(), WANG)
    other = Replays(office.tables, parts.mongo, "unused", instant)
    async with other.running():
        await other.start(await office.publishing.draft(id, everything), Period(COUNTY, TODAY, TODAY), WANG)
        await asyncio.sleep(0.01)
    found = await office.tables.replay_of(id)
    assert found is not None
    assert (found["state"], found["why"]) == ("failed", "stopped")
