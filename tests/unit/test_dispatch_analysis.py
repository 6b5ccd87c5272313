"""The tables of the analysis pages: what is counted, what is hidden, which times are meant."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from contracts.reports import CaseType
from dispatch.figures import grids, sheets
from dispatch.figures.choice import Asked, Month
from dispatch.figures.published import outcome_table
from dispatch.figures.sheet import Audience, crossed
from kit.problems import Unprocessable
from rules.rises import WEEK, Finding, Level, whole_weeks
from web.sheet import HIDDEN, Sheet

OPEN, HIDING = Audience("en", hide=False), Audience("en", hide=True)
TODAY = date(2026, 11, 22)


def told(sheet: Sheet) -> dict[str, list[str]]:
    return {row.key: [cell.text for cell in row.cells] for row in sheet.rows}


def day(on: str, reports: int, case_type: str = "child_protection") -> dict[str, Any]:
    return {"_id": {"day": on, "case_type": case_type}, "reports": reports}


def place(name: str, reports: int, case_type: str = "child_protection") -> dict[str, Any]:
    return {"_id": {"place": name, "case_type": case_type}, "reports": reports}


# --- small counts --------------------------------------------------------------------------------------------------


def test_small_counts_hide_from_whom_they_must_and_with_them_what_would_tell_them() -> None:
    rows, columns = {"a": "A", "b": "B"}, {"x": "X", "y": "Y"}
    counts = {("a", "x"): 3, ("a", "y"): 20, ("b", "x"): 30, ("b", "y"): 40}
    assert told(crossed("t", rows, columns, counts, OPEN, head="h")) == {
        "a": ["3", "20", "23"], "b": ["30", "40", "70"], "total": ["33", "60", "93"],
    }  # fmt: skip
    hidden = told(crossed("t", rows, columns, counts, HIDING, head="h"))
    assert hidden == {"a": [HIDDEN, HIDDEN, "20"], "b": [HIDDEN, HIDDEN, "70"], "total": ["30", "60", "90"]}


def test_a_hidden_count_is_neither_written_nor_drawn_nor_told_by_a_share() -> None:
    row = {"_id": "child_protection", "reports": 40, "persons": 30, "protection": 25, "duplicate": 13, "transferred": 2}
    table, total = outcome_table([row], 30)
    seen = next(each for each in sheets.outcomes(table, total, OPEN).rows if each.key == "child_protection")
    assert [cell.small for cell in seen.cells if cell.small] == ["100.0 %"]
    hidden = next(each for each in sheets.outcomes(table, total, HIDING).rows if each.key == "child_protection")
    assert HIDDEN in [cell.text for cell in hidden.cells]
    assert not any(cell.small for cell in hidden.cells)
    assert all(cell.number is None for cell in hidden.cells if cell.text == HIDDEN)


def test_few_people_alone_in_their_column_hide_how_many_there_are_in_all() -> None:
    each_of = dict.fromkeys(sheets.DECIDED, 10)
    rows = [{"_id": str(each), "reports": 60, "persons": 30, **each_of} for each in CaseType]
    rows[0] |= {"persons": 2}
    table, total = outcome_table(rows, 152)
    shown = told(sheets.outcomes(table, total, HIDING))
    assert [row[1] for row in shown.values()] == [HIDDEN, *["30"] * 5, HIDDEN]
    assert told(sheets.outcomes(table, total, OPEN))["total"][1] == "152"


def test_how_many_people_is_hidden_where_the_reports_are() -> None:
    row = {"_id": "child_protection", "reports": 4, "persons": 4, "protection": 4}
    table, total = outcome_table([row], 4)
    assert told(sheets.outcomes(table, total, HIDING))["child_protection"][:2] == [HIDDEN, HIDDEN]


def test_a_township_of_few_reports_is_not_named_where_small_counts_hide() -> None:
    rows = [place("民雄鄉", 60), place("布袋鎮", 4), place("大埔鄉", 2), place("unknown", 9)]
    assert [*told(sheets.places("townships", rows, OPEN))] == ["民雄鄉", "布袋鎮", "大埔鄉", "unknown", "total"]
    assert [*told(sheets.places("townships", rows, HIDING))] == ["民雄鄉", "unknown", "other", "total"]


def test_few_reports_of_the_county_are_hidden_in_the_early_warning() -> None:
    usual = Finding(None, "child_protection", date(2026, 11, 16), 4, 3.5, 9, 0.4, Level.USUAL, 33)
    hiding, open_ = (told(sheets.rises([usual], "C", each))["usual"] for each in (HIDING, OPEN))
    assert (hiding[2], hiding[5]) == (HIDDEN, HIDDEN), "its chance would tell how many they were"
    assert (open_[2], open_[5]) == ("4", "0.40")
    many = replace(usual, observed=12, chance=0.003, level=Level.WATCH)
    hiding = told(sheets.rises([many], "C", HIDING))["watch"]
    assert hiding[2:6] == ["10", *[HIDDEN] * 3], "what is usual, week by week, would tell each week by subtracting"


def test_a_file_says_what_the_page_says_with_codes_in_chinese_and_shares_apart() -> None:
    row = {"_id": "child_protection", "reports": 40, "persons": 30, "protection": 25, "duplicate": 13, "transferred": 2}
    table, total = outcome_table([row], 30)
    rows = grids.shown(sheets.outcomes(table, total, Audience("zh", hide=False)), "n", "zh").lines
    assert rows[0][:5] == ["案件類型", "件數 reports", "人數 persons", "派保護 protection", "派保護 protection %"]
    assert rows[2][:5] == ["兒少保護 child_protection", 40, 30, 25, 100.0]
    hidden = grids.shown(sheets.outcomes(table, total, HIDING), "n", "en").lines
    assert hidden[0][:2] == ["Case type", "Reports"]
    assert HIDDEN in hidden[2]


# --- trends and times ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "periods"),
    [
        ("day", ["2026-10-31", "2026-11-01", "2026-11-02"]),
        ("week", ["2026-10-26", "2026-11-02"]),
        ("month", ["2026-10", "2026-11"]),
    ],
)
def test_a_trend_has_every_period_and_loses_no_report(by: sheets.By, periods: list[str]) -> None:
    rows = [day("2026-10-31", 7), day("2026-11-02", 2)]
    shown = told(sheets.trend(rows, date(2026, 10, 31), date(2026, 11, 2), by, OPEN))
    assert [*shown] == [*periods, "total"]
    assert shown["total"][-1] == "9"
    assert shown[periods[0]][list(CaseType).index(CaseType.CHILD_PROTECTION)] == "7"


@pytest.mark.parametrize(
    ("by", "first", "last", "labels"),
    [
        ("week", date(2026, 10, 1), date(2026, 10, 14), ["2026-09-28 (part)", "2026-10-05", "2026-10-12 (part)"]),
        ("month", date(2026, 2, 1), date(2026, 3, 30), ["2026-02", "2026-03 (part)"]),
        ("day", date(2026, 2, 1), date(2026, 2, 2), ["2026-02-01", "2026-02-02"]),
    ],
)
def test_a_period_that_was_not_counted_whole_says_so(by: sheets.By, first: date, last: date, labels: list[str]) -> None:
    assert [row.label for row in sheets.trend([], first, last, by, OPEN).rows] == [*labels, "Total"]


def test_a_month_is_said_in_both_calendars_in_chinese() -> None:
    shown = sheets.months([], ["2026-10"], Audience("zh", hide=False))
    assert shown.rows[0].label == "2026-10（115年）"


def test_a_time_is_so_many_days_up_to_today_or_what_was_asked() -> None:
    time = Asked(days=7).time(TODAY)
    assert (time.first, time.last, time.by, time.days) == (date(2026, 11, 16), TODAY, "day", 7)
    assert Asked(first=date(2026, 1, 1)).time(TODAY).by == "week"
    assert Asked(days=700).time(TODAY).by == "month"


@pytest.mark.parametrize("first", [date(2026, 11, 23), date(2016, 1, 1)])
def test_a_time_that_ends_before_it_begins_or_is_too_long_is_refused(first: date) -> None:
    with pytest.raises(Unprocessable):
        Asked(first=first, last=TODAY).time(TODAY)


def test_the_report_is_of_last_month_unless_another_is_asked() -> None:
    assert str(Month.of(None, date(2026, 1, 3))) == "2025-12"
    asked = Month.of("2024-02", TODAY)
    assert (asked.first, asked.last) == (date(2024, 2, 1), date(2024, 2, 29))
    assert [str(each) for each in asked.and_before(2)] == ["2023-12", "2024-01", "2024-02"]


@pytest.mark.parametrize("text", ["2026-13", "2026-12", "x", "2026-1", "2026-10-01"])
def test_what_is_no_month_that_has_begun_is_refused(text: str) -> None:
    with pytest.raises(Unprocessable):
        Month.of(text, TODAY)


def test_the_weeks_of_a_month_are_those_that_end_in_it() -> None:
    weeks = whole_weeks(date(2026, 11, 1), date(2026, 11, 22))
    assert weeks == [date(2026, 10, 26), date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16)]
    assert weeks[0] + WEEK > date(2026, 11, 1)
    assert whole_weeks(date(2026, 11, 2), date(2026, 11, 7)) == []
