"""What the edge of the board says in words: how reports arrive, who is silent, dates in both calendars."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from contracts.languages import LANGUAGES
from dispatch.board import view
from dispatch.domain.report.stages import OPEN
from dispatch.figures.edge import Clocks, Edge
from dispatch.site import words
from kit.kafka import KafkaState

from tests.unit.dispatch_report import DECISION, report

NOW = datetime(2026, 11, 22, 11, 42, tzinfo=UTC)


def edge(**changes: Any) -> Edge:
    known = {"clocks": Clocks(), "sources": {}, "heard": None, "last_at": None, "delay": None, "kafka": KafkaState()}
    return Edge(**known | changes)  # type: ignore[arg-type]


def row(**changes: Any) -> dict[str, Any]:
    decision = replace(DECISION, decided_at=NOW - timedelta(hours=1))
    due = {"breach_at": NOW + timedelta(hours=1), "received_at": NOW, "decision": decision}
    return view.row(report(**due | changes), "en", NOW)


def test_every_open_stage_has_its_list() -> None:
    assert set(view.GROUPS) == {view.OVER, *OPEN, view.LATEST}


@pytest.mark.parametrize(
    ("stage", "hours", "group", "tone", "share"),
    [
        ("waiting", 1, "waiting", "soon", 50),
        ("waiting", 9, "waiting", "calm", 10),
        ("waiting", -1, "over", "over", 100),
        ("pending", 3, "pending", "calm", 25),
        ("investigating", 3, "investigating", "calm", 25),
    ],
)
def test_words_colour_and_bar_of_a_clock_agree(stage: str, hours: int, group: str, tone: str, share: int) -> None:
    shown = row(stage=stage, breach_at=NOW + timedelta(hours=hours))
    assert (shown["group"], shown["tone"], shown["share"]) == (group, tone, share)
    assert shown["left"] == f"{abs(hours):02}:00 {'over' if hours < 0 else 'left'}"


def test_a_settled_report_stands_among_the_latest_and_has_no_tone() -> None:
    shown = row(stage="settled", breach_at=None)
    assert (shown["group"], shown["tone"], shown["left"]) == ("latest", "", "")


def test_a_list_is_sorted_by_what_breaches_first() -> None:
    rows = [row(id=id, breach_at=NOW + timedelta(hours=hours)) for id, hours in (("late", 9), ("soon", 1), ("mid", 4))]
    assert [each["id"] for each in sorted(rows, key=lambda each: int(each["sort"]))] == ["soon", "mid", "late"]


def test_that_kafka_is_away_is_said_before_all_else_with_since_when() -> None:
    told = view.health(edge(kafka=KafkaState(NOW, 5_000), delay=timedelta(seconds=1)), "en", NOW)
    assert told == {"tone": "over", "words": "Kafka is away since 19:42: reports are kept at intake and will come"}


@pytest.mark.parametrize(
    ("changes", "en", "zh"),
    [
        (
            {"kafka": KafkaState(None, 1_234)},
            "Messages that wait to be read: 1,234; they are being taken in",
            "還有 1,234 則訊息待讀取，處理中",
        ),
        ({"delay": timedelta(seconds=0.23)}, "Reports arrive, at most 0.2 s behind", "通報進來中，最多落後 0.2 秒"),
        ({"delay": timedelta(minutes=3)}, "Reports arrive, at most 3 minutes behind", "通報進來中，最多落後 3 分鐘"),
        ({"last_at": NOW - timedelta(hours=3)}, "The last report came 3 hours ago", "最後一件通報：3 小時前"),
        ({}, "No report has come yet", "尚未收到通報"),
    ],
)
def test_how_reports_arrive_is_one_sentence(changes: dict[str, Any], en: str, zh: str) -> None:
    assert [view.health(edge(**changes), lang, NOW)["words"] for lang in ("en", "zh")] == [en, zh]


def test_the_sender_who_is_missed_most_is_named_first() -> None:
    silent = [
        {"agency_id": name, "source_unit": "police", "last_at": NOW - timedelta(hours=5), "expected": expected}
        for name, expected in (("a", 2.04), ("b", 7.5))
    ]
    told = view.senders({"silent": silent, "heard": 8}, "en", NOW)
    assert [each["name"] for each in told["silent"]] == ["b (Police)", "a (Police)"]
    assert told["silent"][0]["words"] == "last heard 14:42, about 7.5 reports were to be expected since"
    assert (told["known"], told["alive"]) == (True, "8")
    assert not view.senders(None, "en", NOW)["known"]


def test_an_age_is_told_with_the_year_of_birth_in_both_calendars() -> None:
    assert words.born(date(2014, 3, 12), NOW, "zh") == "約12歲（民國103年／2014年生）"
    assert words.born(date(2014, 3, 12), NOW, "en") == "about 12 (born 2014, ROC 103)"
    assert words.born(None, NOW, "en") == ""


def test_a_time_of_another_day_names_the_day_as_the_language_does() -> None:
    later = NOW + timedelta(hours=5)
    assert [words.time(later, NOW, lang) for lang in LANGUAGES] == ["11月23日 00:42", "Nov 23 00:42"]
