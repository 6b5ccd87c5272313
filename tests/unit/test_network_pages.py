"""What a page is made of: covered names, times and words in two languages, the family graph, who may see what."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from contracts.cases import CaseId
from contracts.decisions import Outcome
from contracts.reports import CaseType, ReportId, SourceUnit
from network import graph, words
from network.domain.case import Case, Collaborator, Entry, Lead
from network.people import Member, covered
from network.scopes import Scope
from web.callers import Callers, digest

COUNTY = "chiayi-county"
CENTRE = f"{COUNTY}/welfare_centre.minxiong"
POLICE = f"{COUNTY}/police"
T0 = datetime(2026, 11, 22, 12, tzinfo=UTC)
R1, R2 = ReportId("r1"), ReportId("r2")


def entry(id: ReportId) -> Entry:
    kinds = (Outcome.WELFARE_CENTRE, CaseType.CHILD_PROTECTION, SourceUnit.POLICE)
    return Entry(id, 1, *kinds, priority=2, unit=CENTRE, received_at=T0, joined_at=T0)


CASE = Case(
    CaseId("c1"),
    COUNTY,
    T0,
    Lead(CENTRE, Outcome.WELFARE_CENTRE),
    collaborators=(Collaborator(POLICE, T0, R1),),
    reports=(entry(R1), entry(R2)),
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("林小美", "林○美"), ("王五", "王○"), ("歐陽小美", "歐○○美"), ("林", "林○"), ("Sari Ayu", "S○○○○○○u")],
)
def test_a_name_is_covered_but_for_its_ends(name: str, shown: str) -> None:
    assert covered(name) == shown


def test_a_code_has_both_languages_and_an_unknown_one_stands_as_it_is() -> None:
    assert words.of("unit.accept") == ("接案", "Acceptance by the unit")
    assert words.of(CENTRE) == ("民雄社福中心", "Minxiong welfare centre")
    assert words.of("a.new.clock") == ("a.new.clock", "")


def test_every_outcome_case_type_and_source_has_words() -> None:
    assert all(words.of(code)[1] for kind in (Outcome, CaseType, SourceUnit) for code in kind)


def test_what_comes_from_outside_is_escaped() -> None:
    assert "<script>" not in words.both("<script>")


@pytest.mark.parametrize(
    ("hours", "said", "urgency"),
    [(-0.5, "逾時 0 時 30 分", "late"), (3, "剩 3 時 0 分", "soon"), (30, "剩 1 天 6 時", "calm")],
)
def test_a_due_date_says_in_words_what_its_colour_says(hours: float, said: str, urgency: str) -> None:
    due = T0 + timedelta(hours=hours)
    assert said in words.left(due, T0)
    assert words.urgency(due, T0) == urgency


def test_a_time_is_shown_in_taiwan_with_its_roc_year() -> None:
    shown = words.when(T0)
    assert "2026-11-22 20:00" in shown
    assert "民國 115 年" in shown


def test_a_task_names_its_law_in_both_languages_and_a_county_setting_in_words() -> None:
    law = words.source("D0050009 s5")
    assert "兒童及少年保護通報與分級分類處理及調查辦法第5條" in law
    assert "Child" in law and "art. 5 (D0050009)" in law
    assert "縣市設定" in words.source("county setting")
    assert "第7條（2019 年條文" in words.source("D0050009 s7 (2019 text; moved to an annex 2024-07-31)")


def test_the_graph_holds_everyone_once_and_no_two_boxes_meet() -> None:
    drawn = graph.draw(CASE, [Member("林○美", (R1, R2)), Member("陳○明", (R2,))])
    kinds = [node.kind for node in drawn.nodes]
    assert kinds == ["person", "person", "report", "report", "case", "lead", "collaborator"]
    assert [edge.kind for edge in drawn.edges].count("names") == 3
    places = {(node.x, node.y) for node in drawn.nodes}
    assert len(places) == len(drawn.nodes)
    assert all(
        0 <= node.y <= drawn.height - graph.HEIGHT and node.x <= drawn.width - graph.WIDTH for node in drawn.nodes
    )


@pytest.mark.parametrize(
    ("scope", "covers", "speaks"),
    [
        (Scope(frozenset({COUNTY})), True, True),
        (Scope(frozenset({"*"})), True, True),
        (Scope(frozenset({"tainan-city"})), False, False),
        (Scope(frozenset({COUNTY}), frozenset({CENTRE})), True, True),
        (Scope(frozenset({COUNTY}), frozenset({POLICE})), True, False),
        (Scope(frozenset({COUNTY}), frozenset({f"{COUNTY}/health"})), False, False),
        (Scope(frozenset({"tainan-city"}), frozenset({CENTRE})), False, False),
    ],
)
def test_a_scope_covers_its_counties_and_units_and_speaks_only_for_the_lead(
    scope: Scope, *, covers: bool, speaks: bool
) -> None:
    assert (scope.covers(CASE), scope.speaks_for(CASE)) == (covers, speaks)


def test_a_callers_units_come_from_its_entry() -> None:
    entry = {"name": "a", "role": "caseworker", "counties": [COUNTY]}
    bound = Callers(json.dumps([entry | {"units": [CENTRE], "token_sha256": digest("one")}])).of("one")
    free = Callers(json.dumps([entry | {"token_sha256": digest("two")}])).of("two")
    assert (bound and bound.units, free and free.units) == ({CENTRE}, frozenset())
