"""The pure parts of an agency's ledger: gaps, a day's equation, and what a month can teach."""

from datetime import UTC, datetime

from contracts.event import Sealed
from hypothesis import given
from hypothesis import strategies as st
from intake.domain.days import Part, days_of
from intake.domain.gaps import MOST, NumberGap, Numbers, advanced, passed_over, remaining
from intake.domain.status import Status
from intake.domain.teaching import Lesson, TeachingNote, field_of, lessons
from intake.ledger.answers import TeachingShown
from intake.ledger.months import days_of as days_in
from intake.ledger.words import as_csv, shown

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
TOKEN = Sealed("key.token")


def test_a_number_that_leaves_some_out_says_which() -> None:
    assert passed_over(7, [8, 9]) == {}
    assert passed_over(7, [12, 9, 10]) == {9: (8, 8), 12: (11, 11)}
    assert passed_over(7, [3, 7, 8]) == {}


def test_nothing_is_missing_before_the_first_number_ever() -> None:
    assert passed_over(None, [1042]) == {}
    assert passed_over(None, [1042, 1044]) == {1044: (1043, 1043)}


def test_a_late_number_splits_its_gap_and_keeps_its_time() -> None:
    assert list(remaining(NumberGap(3, 7, AT), [5])) == [NumberGap(3, 4, AT), NumberGap(6, 7, AT)]
    assert list(remaining(NumberGap(3, 3, AT), [3])) == []
    assert list(remaining(NumberGap(0, 2, AT), [])) == [NumberGap(0, 2, AT)]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40), st.integers(1, 40))
def test_however_reports_arrive_the_gaps_are_the_numbers_that_did_not(numbers: list[int], first: int) -> None:
    known, came = Numbers(), set()
    for start in range(0, len(numbers), first):
        came |= set(numbers[start : start + first])
        left = [each for gap in known.gaps for each in remaining(gap, sorted(came))]
        above = [(number, AT) for number in sorted(came) if known.highest is None or number > known.highest]
        known = advanced(Numbers(known.highest, tuple(left)), above)
    named = {number for gap in known.gaps for number in range(gap.first, gap.last + 1)}
    least = min(numbers[:first])
    assert named == {number for number in range(least, max(numbers)) if number not in came}


def test_a_sender_that_numbers_with_holes_fills_no_document() -> None:
    known = advanced(Numbers(0), [(number, AT) for number in range(10, 10 * MOST * 2, 10)])
    assert len(known.gaps) == MOST
    assert known.gaps[-1].last == 10 * MOST * 2 - 11


def test_a_day_is_received_as_decided_and_open() -> None:
    parts = [
        Part("2026-11-22", Status.RECEIVED, None, "overdue", 2),
        Part("2026-11-22", Status.UNDER_REVIEW, None, None, 1),
        Part("2026-11-22", Status.DISPATCHED, "protection", "due", 3),
        Part("2026-11-22", Status.ACCEPTED, "protection", None, 4),
        Part("2026-11-22", Status.OUTCOME, "duplicate", None, 5),
        Part("2026-11-21", Status.RECEIVED, None, None, 6),
    ]
    day = days_of(parts)["2026-11-22"]
    assert (day.received, day.open, day.decided) == (15, 3, {"protection": 7, "duplicate": 5})
    assert day.received == day.open + sum(day.decided.values())
    assert (day.dispatched, day.accepted) == (7, 4)
    assert (day.written_due, day.written_overdue) == (5, 2)


def test_a_field_is_the_same_whichever_person_it_stands_in() -> None:
    assert field_of("/people/12/phones/0") == "/people/*/phones/*"
    assert field_of("/event/kinds/3") == "/event/kinds/*"
    assert field_of("/people") == "/people"


def note(
    report: str, at: str, *, ref: Sealed | None = None, code: str = "unknown_code", by_officer: bool = False
) -> TeachingNote:
    return TeachingNote(report, ref, at, code, by_officer)


def test_a_report_counts_once_however_often_it_fell_short() -> None:
    found = lessons(
        [note("1", "/people/0/phones/0", ref=TOKEN), note("1", "/people/1/phones/0", ref=TOKEN),
         note("2", "/people/0/phones/1"), note("1", "/event/place", code="missing", by_officer=True)]
    )  # fmt: skip
    assert found == [
        Lesson("/people/*/phones/*", "unknown_code", by_officer=False, reports=2, times=3, examples=(TOKEN,)),
        Lesson("/event/place", "missing", by_officer=True, reports=1, times=1, examples=()),
    ]


def test_a_lesson_without_words_is_told_as_it_is() -> None:
    (lesson,) = lessons([note("1", "/colour", code="odd")])
    told = shown(lesson, {}, "en")
    assert (told.field, told.code, told.found) == ("/colour", "odd", "Falls short")


def test_a_sheet_holds_no_formula() -> None:
    (lesson,) = lessons([note("1", "/event/narrative", ref=TOKEN, code="too_short")])
    told = shown(lesson, {TOKEN: "=cmd|' /C calc'!A0"}, "zh")
    sheet = TeachingShown(agency_id="a", month="2026-11", as_of=AT, reports=1, noted=1, lessons=(told,))
    text = as_csv(sheet, "zh").decode("utf-8-sig")
    assert "'=cmd" in text
    assert text.splitlines()[0].startswith("欄位,")


def test_a_month_has_its_days() -> None:
    assert (days_in("2026-02")[0], days_in("2026-02")[-1]) == ("2026-02-01", "2026-02-28")
    assert len(days_in("2028-02")) == 29
