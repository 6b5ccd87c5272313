"""What the board draws and marks, without a database."""

from typing import Any

import pytest
from dispatch.board.analysis import LEFT, OUTCOMES, WIDE, bars, trend
from dispatch.board.panel import _marked
from dispatch.board.words import word

EMPTY = dict.fromkeys(("reports", *OUTCOMES), 0)


def kind(**counts: int) -> dict[str, Any]:
    return EMPTY | {"case_type": "adult_protection", "reports": sum(counts.values())} | counts


def test_a_bar_is_as_long_as_its_reports_are_many_and_its_parts_join() -> None:
    [most, half] = bars([kind(protection=3, duplicate=1), kind(no_dispatch=2)])
    assert [(part["name"], part["x"], part["width"]) for part in most["parts"]] == [
        ("protection", LEFT, WIDE * 0.75),
        ("duplicate", LEFT + WIDE * 0.75, WIDE * 0.25),
    ]
    assert sum(part["width"] for part in half["parts"]) == WIDE / 2


def test_a_county_without_reports_draws_nothing() -> None:
    assert bars([kind()])[0]["parts"] == []
    assert [day["height"] for day in trend([("2026-11-22", 0)])["days"]] == [0]


def test_the_trend_has_every_day_and_shows_a_fortnight_in_figures() -> None:
    drawn = trend([(f"2026-11-{day:02}", day) for day in range(1, 31)])
    assert (len(drawn["days"]), len(drawn["shown"]), drawn["shown"][-1]["reports"]) == (30, 14, 30)
    assert drawn["days"][-1]["x"] + drawn["bar"] <= drawn["width"]


@pytest.mark.parametrize(
    ("text", "signs", "pieces"),
    [
        ("他勒頸後離開", ["strangulation"], [("他", False), ("勒頸", True), ("後離開", False)]),
        ("他勒頸後離開", ["stalking"], [("他勒頸後離開", False)]),
        ("他離開", [], [("他離開", False)]),
        ("", ["strangulation"], []),
    ],
)
def test_the_danger_signs_of_a_report_are_marked_in_its_narrative(
    text: str, signs: list[str], pieces: list[tuple[str, bool]]
) -> None:
    assert _marked(text, signs) == pieces


@pytest.mark.parametrize("what", ["claimed", "released", "sender_asked", "sent_back", "unlinked", "undone", "raised"])
def test_every_line_of_a_history_has_words(what: str) -> None:
    assert word(what, "zh") != word(what, "en") != what.replace("_", "")
