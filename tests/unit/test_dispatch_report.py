"""A report as it is stored: written as it was read, in the shape that queries, indexes and older documents have."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from contracts.decisions import Because, Clock, Outcome, PersonKey, Shortcoming, TableVersion
from contracts.event import BlindIndex
from contracts.reports import Flag
from dispatch.domain.people.duplicates import Relation
from dispatch.domain.report import report as values
from dispatch.domain.report.decision import Said
from dispatch.domain.report.events import decision_made
from dispatch.domain.report.history import Line
from dispatch.domain.report.report import Report
from dispatch.domain.report.service import Service
from dispatch.domain.report.stages import Stage
from dispatch.domain.triage.jurisdiction import Competence
from dispatch.domain.triage.nearest import Nearest
from dispatch.window.documents import as_seen, changes_of, document_of, grown, report_of
from rules.people import Keys

from tests.unit.dispatch_report import AT, DECISION, REPORT, report

CLOCK = Clock(id="unit.accept", started_at=AT, due_at=AT + timedelta(hours=4), source="county setting")
DECIDED = replace(
    DECISION,
    unit="chiayi-county/protection",
    collaborators=("chiayi-county/police",),
    because=(Because(row="D01", zh="危險", en="danger", facts={"danger_signs": "strangulation"}),),
    nearest=Nearest("danger_signs", "strangulation", "", Outcome.NO_DISPATCH, "若無", "without"),
    clocks=(CLOCK,),
    relation=Relation("same_family", "r0", ("family",), "protection", known_county="chiayi-county"),
    competence=Competence("chiayi-county", "county_setting", "county setting", {"county": "chiayi-county"}),
    table=TableVersion(county="chiayi-county", in_force_from="2026-01-01", author="王"),
)
FULL = report(
    report_id="r0",
    serial="CYI-1",
    occurred_at=AT,
    township="民雄鄉",
    sealed={"report": "token"},
    flags=(Flag(at="/event/kinds/0", reason="unknown_code"),),
    facts=replace(REPORT.facts, danger_signs=frozenset({"strangulation", "weapon"}), subject_age=30),
    keys=Keys(frozenset({"id:1"}), frozenset({"id:1"}), frozenset({"id:1", "ph:2"}), frozenset({frozenset({"id:1"})})),
    people=(PersonKey(key=BlindIndex("id:1"), role="subject", birth_year=1990),),
    family=("id:1",),
    kin=("r9",),
    person="id:1",
    said=Said(Outcome.PROTECTION, 1),
    decision=DECIDED,
    case_id="c1",
    accepted=values.Accepted("林", "chiayi-county/protection", "c1", AT),
    service=Service("closed", "chiayi-county/protection", AT, 7, "李督導", "goals_met", AT),
    escalated=values.Escalated("supervisor", AT),
    returned=values.Returned("林", "chiayi-county/protection", "wrong_area", AT),
    returns=2,
    assignee=values.Assignee("li", "李督導"),
    claim=values.Claim("wang", "王篩派", AT, AT),
    asked=values.Asked("wang", "王篩派", AT, AT),
    improper=values.Improper("wang", "王篩派", AT, (Shortcoming(at="/people", code="missing"),)),
    investigation=values.Visit("kind", "林訪視", "wang", "王篩派", AT, AT),
    finding=values.Finding("substantiated", Outcome.PROTECTION, "wang", "王篩派", AT, Stage.INVESTIGATING),
    verdicts=(values.Verdict("v1", "r2", "not_same", "王篩派", AT, "r2", None, None, "token"),),
    transfer=values.Transfer("chiayi-city", "r3", AT, "accepted", "李", AT),
    arrived_from=values.Arrived("r0", "chiayi-city", AT, "table", 1, AT),
    holds=False,
    to_carry=True,
    promise=CLOCK,
    breach_at=AT,
    breach_since=AT,
    before=values.Before(DECIDED, Stage.PENDING, 2, "wang", AT, AT, values.Assignee()),
    changed_at=AT,
    history=(Line("a:decision_made", AT, "decision_made", "table", outcome="protection", version=1),),
    outbox=(values.Owed("e1", "topic", "r1", {"ce_id": "e1"}, b"{}", AT),),
)


def test_every_field_of_a_report_is_written_and_read_again() -> None:
    usual = {each.name: getattr(REPORT, each.name) for each in fields(Report)}
    same = [name for name, value in usual.items() if getattr(FULL, name) == value]
    assert set(same) <= {
        "id", "county", "agency_id", "source_unit", "received_at", "day", "version", "case_type", "public", "stage",
    }  # fmt: skip
    assert report_of(document_of(FULL)) == FULL


def test_a_document_has_the_shape_that_older_versions_wrote() -> None:
    document = document_of(FULL)
    assert document["_id"] == "r1"
    assert document["report"] == FULL.public
    assert document["facts"]["danger_signs"] == ["strangulation", "weapon"]
    assert document["keys"]["people"] == [["id:1"]]
    assert document["decision"]["nearest"]["from"] == "strangulation"
    assert document["history"] == [
        {"id": "a:decision_made", "at": AT, "what": "decision_made", "who": "table", "outcome": "protection",
         "version": 1}]  # fmt: skip
    assert "reason" not in document["verdicts"][0]


def test_what_a_report_seldom_has_takes_no_place_in_sparse_indexes() -> None:
    absent = {"report_id", "claim", "before", "verdicts", "investigation", "finding", "arrived_from", "holds"}
    assert not absent & document_of(REPORT).keys()


@pytest.mark.parametrize("shown", [{"outbox", "keys"}, {"outbox", "keys", "sealed", "family", "said", "changed_at"}])
def test_a_document_that_lacks_what_lists_and_older_versions_leave_out_is_read(shown: set[str]) -> None:
    document: dict[str, Any] = {name: value for name, value in document_of(FULL).items() if name not in shown}
    read = report_of(document | {"of_tomorrow": 1})
    assert (read.id, read.decision, read.outbox, read.keys) == (FULL.id, FULL.decision, (), Keys())


def test_only_what_differs_is_written() -> None:
    told = Line("b:claimed", AT, "claimed", "王篩派")
    after = replace(FULL, claim=None, asked=None, history=(*FULL.history, told))
    assert changes_of(FULL, after) == {"claim": None, "asked": None}
    assert grown(FULL, after) == {
        "history": {"$each": [{"id": "b:claimed", "at": AT, "what": "claimed", "who": "王篩派"}]}
    }
    assert changes_of(FULL, replace(FULL, holds=True)) == {"holds": True}


def test_what_was_seen_is_asked_for_as_it_is_stored() -> None:
    seen = as_seen(FULL, ["decision.version", "stage", "asked.at", "holds", "history"])
    assert seen == {"decision.version": 1, "stage": "waiting", "asked.at": AT, "holds": False, "history": {"$size": 1}}
    assert as_seen(REPORT, ["asked.at", "holds"]) == {"asked.at": None, "holds": {"$ne": False}}


@pytest.mark.parametrize(
    ("event", "home", "village"),
    [
        ({"township": "民雄鄉", "village": "東榮村"}, {}, "東榮村"),
        ({"township": "大林鎮", "village": "東林里"}, {"township": "民雄鄉", "village": "西昌村"}, "西昌村"),
        ({}, {"township": "民雄鄉", "village": "西昌村"}, "西昌村"),
        ({"township": "民雄鄉", "village": "林小美家"}, {}, None),
        ({"township": "民雄鄉"}, {}, None),
        ({}, {}, None),
    ],
)
def test_a_listed_village_is_told_of_the_place_that_gave_the_township(
    event: dict[str, str], home: dict[str, str], village: str | None
) -> None:
    public = {"event": {"place": event}, "people": [{"role": "subject", "residence": home}]}
    told = decision_made(report(township="民雄鄉", public=public))
    assert (told.township, told.village) == ("民雄鄉", village)
