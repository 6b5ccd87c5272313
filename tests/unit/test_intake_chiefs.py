"""The share of village offices as governments print it, and what a caller may hear."""

from datetime import UTC, datetime

import pytest
from intake.desk import frame, pages
from intake.desk.chiefs import Cell, counted
from intake.desk.told_links import kind_of
from intake.domain.status import Status, Step, Teller

AT = datetime(2026, 11, 27, 2, tzinfo=UTC)


def cell(count: int, office: str | None = None, month: str = "2022-01", source: str = "civil_affairs") -> Cell:
    return Cell(month, "朴子市", source, office, None, count)


@pytest.mark.parametrize(
    ("chiefs", "of", "share"), [(3, 1000, 0.003), (8, 1000, 0.008), (9, 3442, 0.0026)], ids=["2021", "2022", "Chiayi"]
)
def test_the_share_of_chiefs_is_that_of_the_decks(chiefs: int, of: int, share: float) -> None:
    found = counted([cell(of - chiefs, source="police"), cell(chiefs, "village_chief")])
    assert (found.reports, found.by_chiefs, found.share) == (of, chiefs, share)
    assert found.months["2022-01"].share == found.townships["朴子市"].share == share
    assert (found.civil_affairs, found.offices) == (chiefs, {"village_chief": chiefs})


def test_each_month_and_township_has_a_share_of_its_own() -> None:
    found = counted([cell(9, month="2021-12"), cell(1, "village_officer", "2021-12"), cell(4)])
    assert (found.months["2021-12"].share, found.months["2022-01"].share) == (0.1, 0.0)
    assert counted([]).share is None


def step(status: Status, kind: str | None = None, service: str | None = None, outcome: str | None = None) -> Step:
    return Step("r", Teller.CASE, 1, AT, status, kind, outcome, service)


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (None, "told_received"),
        (step(Status.DISPATCHED, "welfare_centre"), "told_centre_has_it"),
        (step(Status.ACCEPTED, "welfare_centre", "opened"), "told_centre"),
        (step(Status.ACCEPTED, "protection", "opened"), "told_unit"),
        (step(Status.ACCEPTED, "protection"), "told_unit_has_it"),
        (step(Status.ACCEPTED, "welfare_centre", "not_opened"), "told_assessed"),
        (step(Status.ACCEPTED, "welfare_centre", "closed"), "told_closed"),
        (step(Status.OUTCOME, outcome="no_dispatch", service="served"), "told_linked"),
        (step(Status.OUTCOME, outcome="transferred"), "told_passed_on"),
    ],
)
def test_who_telephoned_hears_the_kind_and_no_more(step: Step | None, word: str) -> None:
    assert kind_of(step) == word


def test_every_code_of_the_desk_has_its_words() -> None:
    codes = [*pages.NEEDS, *pages.CASE_TYPES, *(f"office.{each}" for each in pages.OFFICES)]
    codes += [*(f"kind.{each}" for each in pages.KINDS), *(f"thanks.{each}" for each in pages.THANKS)]
    assert [code for code in codes if frame.of(code).zh == code] == []
