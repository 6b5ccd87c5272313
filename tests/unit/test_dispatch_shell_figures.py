"""The arithmetic of the published tables and of the ledger."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from dispatch.domain.period import Period
from dispatch.figures import published
from dispatch.figures.ledger import Ledger
from dispatch.figures.ledger import ledger as ledger_of_rows

TODAY = Period("chiayi-county", date(2026, 11, 22), date(2026, 11, 22))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def stage(name: str, outcome: str, reports: int) -> dict[str, Any]:
    return {"_id": {"stage": name, "outcome": outcome}, "reports": reports}


def ledger(rows: list[dict[str, Any]], received: int | None = None, unanswered: tuple[str, ...] = ()) -> Ledger:
    count = None if received is None else {"received": received, "unanswered": unanswered, "counted_at": NOW}
    return ledger_of_rows(TODAY, rows, count=count, overdue=(), here={"here"})


def test_what_is_decided_and_what_is_open_make_up_what_was_received() -> None:
    found = ledger(
        [stage("waiting", "protection", 3), stage("pending", "protection", 2), stage("settled", "duplicate", 1)]
    )
    assert (found.received, found.open, found.decided["protection"], found.decided["duplicate"]) == (6, 2, 3, 1)
    assert found.equal


def test_a_suggestion_is_not_counted_as_a_decision() -> None:
    assert sum(ledger([stage("pending", "protection", 4)]).decided.values()) == 0


def test_one_report_that_intake_counted_and_we_lack_makes_the_ledger_unequal() -> None:
    found = ledger([stage("waiting", "protection", 3)], received=4)
    assert (found.equal, found.on_the_way) == (False, 1)


def test_an_older_count_of_intake_is_no_difference() -> None:
    assert ledger([stage("waiting", "protection", 3)], received=2).equal


def test_only_unanswered_reports_that_are_not_here_are_missing() -> None:
    assert ledger([], received=2, unanswered=("here", "lost")).missing == ["lost"]


def test_what_is_to_be_served_is_accepted_returned_or_waiting() -> None:
    rows = [stage(name, "protection", n) for name, n in (("waiting", 3), ("accepted", 2), ("returned", 1))]
    found = ledger(rows)
    assert found.decided["protection"] == found.accepted + found.returned + found.waiting == 6


def outcome_row(**numbers: int) -> dict[str, Any]:
    names = ("reports", "persons", "duplicate", "transferred", "welfare_centre", "protection", "no_dispatch", "pending")
    return {"_id": "child_protection"} | dict.fromkeys(names, 0) | numbers


def test_shares_are_over_reports_less_duplicates_and_transfers() -> None:
    rows, total = published.outcome_table(
        [outcome_row(reports=10, duplicate=1, transferred=1, protection=6, pending=2)], 0
    )
    assert rows[1]["shares"]["protection"] == total["shares"]["protection"] == 0.75


def test_a_share_of_nothing_is_nothing() -> None:
    rows, _ = published.outcome_table([outcome_row(reports=2, duplicate=2)], 0)
    assert rows[1]["shares"]["protection"] == 0.0


def test_the_table_has_six_case_types_even_where_none_was_reported() -> None:
    rows, _ = published.outcome_table([], 0)
    assert [row["reports"] for row in rows] == [0] * 6


def test_a_person_of_two_case_types_is_one_person_in_the_total() -> None:
    rows = [outcome_row(reports=1, persons=1), outcome_row(reports=1, persons=1) | {"_id": "adult_protection"}]
    _, total = published.outcome_table(rows, 1)
    assert (total["reports"], total["persons"]) == (2, 1)


@pytest.mark.parametrize(("unit", "expected"), [("police", 3), ("education", 2), ("other", 0)])
def test_sources_are_counted_by_unit_and_in_total(unit: str, expected: int) -> None:
    found = [
        {"_id": {"case_type": "child_protection", "source_unit": "police"}, "reports": 3},
        {"_id": {"case_type": "adult_protection", "source_unit": "education"}, "reports": 2},
    ]
    rows, total = published.source_table(found)
    assert (total[unit], total["total"], len(rows)) == (expected, 5, 6)
