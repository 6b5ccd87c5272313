"""The edge of the board from a real MongoDB: clocks by night, sources of today, and intake's word on its senders."""

from datetime import timedelta

import pytest
from contracts.reports import SourceUnit
from dispatch.figures.edge import edge_of
from dispatch.figures.ledger import today_of
from dispatch.window.shifts.shifts import morning_after
from kit.kafka import KafkaState

from tests.integration.dispatch_reports import COUNTY, accepted, consultation, heard, instant
from tests.integration.dispatch_stage import Window

pytestmark = pytest.mark.real


async def test_the_newest_word_on_silent_senders_stays_whatever_comes_twice_or_late(window: Window) -> None:
    old, new = heard(9, "police-1", "hospital-1"), heard(1, "police-1")
    for batch in ([old, new], [new], [old], [heard(5)]):
        await window.handlers.on_counts(batch)
        found = await window.reports.heard_of(COUNTY)
        assert found is not None
        assert [(each["agency_id"], each["source_unit"]) for each in found["silent"]] == [("police-1", "police")]
    await window.handlers.on_counts([heard(0)])
    found = await window.reports.heard_of(COUNTY)
    assert found is not None
    assert (found["silent"], found["heard"]) == ([], 8)


async def test_nothing_is_said_of_the_senders_of_a_county_before_intake_spoke(window: Window) -> None:
    await window.handlers.on_counts([heard(1, "police-1")])
    assert (await edge_of(window.reports, window.figures, "chiayi-city", instant(), KafkaState())).heard is None


async def test_clocks_are_counted_until_morning_and_in_the_day_after(window: Window) -> None:
    ids, now = await window.decided(1, 2, 3, 4, 5), instant()
    morning = morning_after(COUNTY, now)
    ends = (now - timedelta(minutes=1), morning - timedelta(seconds=1), morning, morning + timedelta(hours=23),
            morning + timedelta(hours=25))  # fmt: skip
    for id, end in zip(ids, ends, strict=True):
        await window.alter(id, {"breach_at": end})
    clocks = (await edge_of(window.reports, window.figures, COUNTY, now, KafkaState())).clocks
    assert (clocks.over, clocks.tonight, clocks.tomorrow, clocks.morning) == (1, 1, 2, morning)


async def test_a_report_that_a_unit_took_has_no_clock_of_ours_left(window: Window) -> None:
    [id] = await window.decided(1)
    await window.handlers.on_news([accepted(id)])
    clocks = (await edge_of(window.reports, window.figures, COUNTY, instant(), KafkaState())).clocks
    assert (clocks.over, clocks.tonight, clocks.tomorrow) == (0, 0, 0)


async def test_sources_are_those_of_today_the_most_frequent_first(window: Window) -> None:
    await window.decided(1, 2)
    third = await window.received(consultation(3), "hospital-1", SourceUnit.MEDICAL)
    await window.handlers.on_reports([third])
    [old] = await window.decided(4)
    await window.alter(old, {"day": str(today_of(COUNTY, instant() - timedelta(days=2)).first)})
    edge = await edge_of(window.reports, window.figures, COUNTY, instant(), KafkaState())
    assert list(edge.sources.items()) == [("police", 2), ("medical", 1)]


async def test_the_slowest_of_the_recent_reports_says_how_far_behind_they_are(window: Window) -> None:
    [slow, _, corrected] = await window.decided(1, 2, 3)
    await window.alter(slow, {"received_at": instant() - timedelta(seconds=7)})
    await window.alter(corrected, {"received_at": instant() - timedelta(days=1), "decision.version": 2})
    edge = await edge_of(window.reports, window.figures, COUNTY, instant(), KafkaState())
    assert edge.delay is not None
    assert timedelta(seconds=6) < edge.delay < timedelta(minutes=1)
    later = await edge_of(window.reports, window.figures, COUNTY, instant() + timedelta(hours=1), KafkaState())
    assert later.delay is None
    assert later.last_at is not None
