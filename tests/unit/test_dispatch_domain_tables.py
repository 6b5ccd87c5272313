"""Tables are read strictly, and a mistake says where it is and how to mend it."""

from datetime import date
from typing import Any

import pytest
from contracts.decisions import Outcome
from dispatch.domain.tables.catalogue import FACTS
from dispatch.domain.tables.table import parse
from dispatch.domain.triage.facts import Facts
from rules.cells import TableError, make, parse_cells

KNOWN = Facts(
    "adult_protection",
    "police",
    "chiayi-county",
    kinds=frozenset({"physical_violence", "stalking"}),
    perpetrator="intimate",
    tipvda=6,
    subject_age=40,
)


def row(id: str = "R1", **change: object) -> dict[str, object]:
    return {"id": id, "when": {}, "outcome": "protection", "priority": 2, "zh": "因", "en": "why", **change}


def document(*rows: object, **change: object) -> dict[str, object]:
    default = {"outcome": "welfare_centre", "priority": 3, "review": True, "zh": "無", "en": "none"}
    table = {"county": "chiayi-county", "in_force_from": date(2026, 1, 1), "author": "a county", "sample": True}
    return {**table, "default": default, "rows": list(rows), **change}


@pytest.mark.parametrize(
    ("fact", "op", "value", "holds"),
    [
        ("case_type", "equals", "adult_protection", True),
        ("case_type", "equals", "child_protection", False),
        ("perpetrator", "one_of", ["intimate", "family"], True),
        ("perpetrator", "one_of", ["other"], False),
        ("perpetrator", "missing", False, True),
        ("perpetrator", "missing", True, False),
        ("tipvda", "at_least", 6, True),
        ("tipvda", "at_least", 7, False),
        ("tipvda", "at_most", 6, True),
        ("tipvda", "between", [0, 5], False),
        ("tipvda", "between", [6, 7], True),
        ("tipvda", "equals", 6, True),
        ("sdm", "at_least", 0, False),
        ("sdm", "at_most", 9, False),
        ("sdm", "between", [0, 9], False),
        ("sdm", "missing", True, True),
        ("kinds", "any_of", ["stalking", "neglect"], True),
        ("kinds", "any_of", ["neglect"], False),
        ("kinds", "all_of", ["stalking", "physical_violence"], True),
        ("kinds", "all_of", ["stalking", "neglect"], False),
        ("danger_signs", "missing", True, True),
        ("kinds", "missing", True, False),
        ("minor_in_household", "is", False, True),
        ("minor_in_household", "is", True, False),
        ("danger_count", "at_least", 1, False),
    ],
)
def test_each_operator_compares_as_it_says(fact: str, op: str, value: object, *, holds: bool) -> None:
    (cell,) = parse_cells({fact: {op: value}}, "here", FACTS)
    assert cell.matches(KNOWN) is holds


@pytest.mark.parametrize(
    ("when", "where"),
    [
        ({"age": {"at_least": 3}}, "here.age"),
        ({"tipvda": 8}, "here.tipvda"),
        ({"tipvda": {"at_least": 8, "at_most": 9}}, "here.tipvda"),
        ({"tipvda": {"any_of": [8]}}, "here.tipvda"),
        ({"tipvda": {"at_least": "8"}}, "here.tipvda"),
        ({"tipvda": {"at_least": True}}, "here.tipvda"),
        ({"tipvda": {"between": [9, 8]}}, "here.tipvda"),
        ({"tipvda": {"between": [8]}}, "here.tipvda"),
        ({"kinds": {"any_of": []}}, "here.kinds"),
        ({"kinds": {"any_of": "stalking"}}, "here.kinds"),
        ({"minor_in_household": {"is": "yes"}}, "here.minor_in_household"),
        ({"perpetrator": {"equals": ["intimate"]}}, "here.perpetrator"),
        ("kinds", "here"),
        (None, "here"),
    ],
)
def test_a_cell_that_cannot_be_read_says_where_and_how(when: object, where: str) -> None:
    with pytest.raises(TableError) as refused:
        parse_cells(when, "here", FACTS)
    assert refused.value.where == where
    assert refused.value.how


def without(read: dict[str, object], name: str) -> dict[str, object]:
    return {key: value for key, value in read.items() if key != name}


@pytest.mark.parametrize(
    ("read", "where"),
    [
        (document(), "rows"),
        (document(row(), in_force_from="soon"), "in_force_from"),
        (document(row(), author=""), "table.author"),
        (without(document(row()), "county"), "table.county"),
        (without(document(row()), "default"), "default"),
        (document("not a row"), r"rows\[0\]"),
        (document(row(), row()), r"rows \(R1\)"),
        (document(row("default")), r"rows \(default\)"),
        (document(row(outcome="transferred")), r"rows\[0\] \(R1\).outcome"),
        (document(row(), row("R2", priority=5)), r"rows\[1\] \(R2\).priority"),
        (document(row(review="yes")), r"rows\[0\] \(R1\).review"),
        (document(without(row(), "zh")), r"rows\[0\] \(R1\).zh"),
        (document(without(row(), "when")), r"rows\[0\] \(R1\).when"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(read: Any, where: str) -> None:
    with pytest.raises(TableError, match=f"^{where}"):
        parse(read)


def test_every_row_that_matches_counts_and_the_most_protective_comes_first() -> None:
    table = parse(
        document(
            row("R1", outcome="no_dispatch", priority=1),
            row("R2", outcome="protection", priority=3),
            row("R3", outcome="welfare_centre", priority=1),
            row("R4", outcome="protection", priority=2),
            row("R5", outcome="protection", priority=1, when={"tipvda": {"at_least": 8}}),
        )
    )
    assert [hit.id for hit in table.hits(KNOWN)] == ["R4", "R2", "R3", "R1"]


def test_what_no_row_matches_gets_the_default() -> None:
    table = parse(document(row(when={"case_type": {"equals": "child_protection"}})))
    (hit,) = table.hits(KNOWN)
    assert (hit.id, hit.outcome, hit.review) == ("default", Outcome.WELFARE_CENTRE, True)
    assert table.row("default") == hit


def test_rows_of_other_case_types_are_not_asked() -> None:
    table = parse(document(row("R1", when={"case_type": {"one_of": ["adult_protection"]}}), row("R2")))
    assert [len(table.rows_for(one)) for one in ("adult_protection", "child_protection")] == [2, 2]
    assert [hit.id for hit in table.hits(KNOWN)] == ["R1", "R2"]


def test_a_table_names_its_version() -> None:
    version = parse(document(row())).version
    assert (version.county, version.in_force_from, version.author) == ("chiayi-county", "2026-01-01", "a county")


def test_cells_are_equal_when_they_ask_the_same() -> None:
    assert make("tipvda", "at_least", 8) == make("tipvda", "at_least", 8)
    assert make("tipvda", "at_least", 8) != make("tipvda", "at_least", 7)
