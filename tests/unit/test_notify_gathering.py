"""A storm is told together: everything counted, nothing dropped, the gravest never hidden."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from contracts.cases import CaseId
from contracts.reports import ReportId
from hypothesis import given, settings
from hypothesis import strategies as st
from line_standin.messaging import VALIDATE
from line_standin.refusals import check
from notify.domain.gathering import Asked, Shown, compose_digest, waits_until
from notify.domain.message import DigestWords
from notify.domain.notices import Notice
from notify.domain.schedule import DigestLine, StormLine
from notify.routing.loading import load_routing
from notify.wording import load_wording
from pydantic import ValidationError
from rules.spans import TAIPEI
from stack.services import ROUTING

UNIT = "chiayi-county/welfare_centre.minxiong"
NOW = datetime(2026, 11, 28, 18, 0, 30, tzinfo=UTC)
STORM = StormLine(cards=3)
MORNING, TONIGHT = load_routing().digests
SITES = {
    "network": "https://network.example",
    "dispatch": "https://dispatch.example",
    "notify": "https://notify.example",
}


@pytest.mark.parametrize(
    ("shown", "rank", "waits"),
    [
        (Shown(2, 2), 4, False),
        (Shown(3, 2), 4, True),
        (Shown(3, 2), 2, True),
        (Shown(3, 3), 2, False),
        (Shown(500, 1), 1, False),
        (Shown(), 4, False),
    ],
)
def test_in_a_storm_only_what_is_no_graver_than_what_was_seen_waits(shown: Shown, rank: int, waits: bool) -> None:
    until = waits_until(shown, rank, STORM, NOW)
    assert (until is not None) is waits
    if until:
        assert timedelta() < until - NOW <= STORM.every


@settings(max_examples=10)
@given(st.lists(st.integers(2, 5), min_size=499, max_size=499), st.integers(0, 499))
def test_of_five_hundred_the_gravest_rings_at_once_and_all_are_counted(ranks: list[int], place: int) -> None:
    shown, at_once, waiting = Shown(), [], []
    for rank in [*ranks[:place], 1, *ranks[place:]]:
        if waits_until(shown, rank, STORM, NOW):
            waiting.append(rank)
        else:
            shown = shown.with_one(rank)
            at_once.append(rank)
    assert 1 in at_once and 1 not in waiting
    assert len(at_once) + len(waiting) == 500
    assert not waiting or min(waiting) >= min(at_once)


def asked(number: int, priority: int | None = 3, due: datetime | None = None) -> Asked:
    case = CaseId(f"{number:08x}-0000-4000-8000-000000000000")
    report = ReportId(f"r{number}")
    return Asked(Notice("chiayi-county/police", "new_case", "chiayi-county", report, case, priority, due))


def test_a_digest_says_how_many_the_gravest_first_and_each_case_once() -> None:
    told = [*(asked(number) for number in range(14)), asked(3), asked(99, 2, NOW)]
    notice = Notice("chiayi-county/police", "digest_storm", "chiayi-county", about="d1e2f3a4-0")
    text = json.dumps(compose_digest("storm", notice, told, load_wording(), SITES), ensure_ascii=False)
    assert "有 16 件" in text and "最急:第2級(急)" in text
    assert text.index("00000063 新案主責") < text.index("00000000 新案主責")
    assert "00000003 新案主責 ×2" in text
    assert "另有 5 件" in text
    for word in ("minxiong", "chiayi", "police", "{"):
        assert word not in text.replace('{"', "").replace("{}", "")


def test_households_that_were_not_visited_are_one_line_with_a_count_and_a_link() -> None:
    over = [Asked(Notice(UNIT, "visit_over", "chiayi-county", due_at=NOW, task_id=f"{n:08x}-0000")) for n in range(250)]
    notice = Notice(UNIT, "digest_morning", "chiayi-county", about="d1e2f3a4-0")
    card = compose_digest("morning", notice, [*over, asked(7)], load_wording(), SITES)
    text = json.dumps(card, ensure_ascii=False)
    assert text.count("家戶逾期未訪視") == 1 and '"家戶逾期未訪視 ×250"' in text and "00000007 新案主責" in text
    assert "https://network.example/households?state=overdue&openExternalBrowser=1" in text
    assert "另有" not in text and "00000001" not in text, "a count, and no household's own code"


@pytest.mark.parametrize("template", sorted(load_wording().templates))
@pytest.mark.parametrize("words", sorted(load_wording().digests))
def test_every_kind_of_message_can_be_told_in_every_digest(template: str, words: str) -> None:
    of = Notice("chiayi-county/police", template, "chiayi-county", ReportId("r"), about="a")
    card = compose_digest(words, Notice("u", "digest", "c", about="b"), [Asked(of)], load_wording(), SITES)
    assert "openExternalBrowser=1" in json.dumps(card)


def test_words_of_a_digest_carry_a_count_and_nothing_else() -> None:
    with pytest.raises(ValidationError, match="may not carry"):
        DigestWords(title="x", ask="{name}", more="{count}")


@pytest.mark.parametrize(
    ("line", "hour", "last", "following"),
    [(MORNING, 7, -1, 0), (MORNING, 8, 0, 1), (TONIGHT, 16, -1, 0), (TONIGHT, 17, 0, 1)],
)
def test_a_digest_is_due_at_its_hour_in_taipei(line: DigestLine, hour: int, last: int, following: int) -> None:
    at = datetime(2026, 11, 29, hour, 0, tzinfo=TAIPEI)
    assert line.last(at).date() == (at + timedelta(days=last)).date()
    assert line.next(at).date() == (at + timedelta(days=following)).date()
    assert line.last(at) <= at < line.next(at)


def test_tonight_ends_before_the_morning_of_the_next_day() -> None:
    due = TONIGHT.last(datetime(2026, 11, 29, 18, tzinfo=TAIPEI))
    assert TONIGHT.horizon(due) == datetime(2026, 11, 30, 8, tzinfo=TAIPEI)


def test_line_takes_the_card_of_a_digest_and_the_local_stack_reads_its_routing() -> None:
    notice = Notice("chiayi-county/police", "digest_storm", "chiayi-county", about="d1e2f3a4-0")
    card = compose_digest("storm", notice, [asked(number) for number in range(30)], load_wording(), SITES)
    assert check(VALIDATE, {"messages": [card]})
    assert load_routing(ROUTING).rules == load_routing().rules
