"""Who hears of what is data, checked when it is read; each decision says which rule made it, and why."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.decisions import DecisionMade, Outcome, ReviewRequested
from contracts.reports import CaseType, ReportId, SourceUnit
from notify.domain.notices import Notice
from notify.domain.routing import Facts, Place, Routing, besides_of, facts_of
from notify.routing.loading import load_routing
from pydantic import ValidationError

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
COUNTY = "chiayi-county"
ROUTING = load_routing()
WRITTEN: dict[str, Any] = yaml.safe_load((files("notify") / "routing.yaml").read_text("utf-8"))
EVERY = dict.fromkeys(("events", "counties", "districts", "sources", "case_types", "priorities"), "any")
DIGESTED = EVERY | {"id": "later", "priorities": [3, 4, 5], "to": "unit_work", "when": "digest", "digest": "morning"}


def decided(**more: Any) -> DecisionMade:
    fields: dict[str, Any] = {
        "report_id": ReportId("r1"), "county": COUNTY, "agency_id": "hospital", "source_unit": SourceUnit.MEDICAL,
        "case_type": CaseType.CHILD_PROTECTION, "outcome": Outcome.PROTECTION, "priority": 1,
        "unit": f"{COUNTY}/welfare_centre.minxiong", "received_at": NOW, "decided_at": NOW, "decided_by": "table",
    }  # fmt: skip
    return DecisionMade(**fields | more)


def with_rules(*rules: dict[str, Any]) -> Routing:
    return Routing.model_validate(WRITTEN | {"rules": [*rules, *WRITTEN["rules"]]})


@pytest.mark.parametrize(
    ("change", "purposes"),
    [
        ({}, ["hospital_emergencies"]),
        ({"priority": 2}, []),
        ({"source_unit": SourceUnit.POLICE}, []),
        ({"case_type": CaseType.ADULT_PROTECTION}, []),
        ({"county": "yunlin-county"}, ["hospital_emergencies"]),
    ],
)
def test_a_hospitals_gravest_child_protection_reaches_its_group_besides(
    change: dict[str, Any], purposes: list[str]
) -> None:
    assert [route.purpose for route, _ in besides_of(decided(**change), ROUTING)] == purposes


def test_a_report_that_waits_for_a_person_reaches_the_hospitals_group_too_and_both_are_one_card() -> None:
    review = ReviewRequested(
        report_id=ReportId("r1"), county=COUNTY, agency_id="hospital", source_unit=SourceUnit.MEDICAL, priority=1,
        case_type=CaseType.CHILD_PROTECTION, suggested=Outcome.NO_DISPATCH, received_at=NOW, requested_at=NOW,
    )  # fmt: skip
    again = decided(report_id=ReportId("r2"), duplicate_of=ReportId("r1"), outcome=Outcome.DUPLICATE)
    told = [notice.report_id for event in (review, decided(), again) for _, notice in besides_of(event, ROUTING)]
    assert told == ["r1", "r1", "r1"]


def test_a_route_says_which_rule_of_which_version_and_which_facts() -> None:
    [(route, notice)] = besides_of(decided(), ROUTING)
    assert route.rule == f"{WRITTEN['version']}/hospital_emergency"
    assert route.because == (
        "decision.made, chiayi-county, minxiong, priority 1, by its source and case type: hospital_emergencies, at_once"
    )
    assert (notice.unit, notice.template) == (f"{COUNTY}/hospital_emergencies", "hospital_emergency")


def test_as_the_service_comes_every_unit_hears_at_once() -> None:
    for priority in (1, 2, 3, 4, 5):
        notice = Notice(f"{COUNTY}/police", "new_case", COUNTY, priority=priority)
        route = ROUTING.of_notice(notice, facts_of(decided(), COUNTY, notice.unit, priority))
        assert (route.purpose, route.when, route.rule.partition("/")[2]) == ("unit_work", "at_once", "all_else")


def test_the_first_rule_that_matches_counts_and_what_is_gravest_never_waits_for_a_digest() -> None:
    routing = with_rules(DIGESTED)
    later = routing.of_notice(Notice("u", "task_over", COUNTY), Facts("task.pressing", COUNTY, priority=5))
    assert (later.when, routing.digest_of(later).id) == ("digest", "morning")
    gravest = routing.of_notice(Notice("u", "returned", COUNTY), Facts("case.returned", COUNTY, priority=3))
    assert gravest.when == "at_once"


def test_what_a_digest_keeps_waits_for_it_whatever_the_rules_say() -> None:
    facts = Facts("task.pressing", COUNTY, priority=5)
    kept = ROUTING.of_notice(Notice("u", "visit_over", COUNTY), facts)
    assert (kept.when, ROUTING.digest_of(kept).id) == ("digest", "morning")
    assert kept.because == "task.pressing, chiayi-county, priority 5: unit_work, digest morning keeps visit_over"
    assert ROUTING.of_notice(Notice("u", "task_over", COUNTY), facts).when == "at_once"
    own = Routing.model_validate(WRITTEN | {"digests": [each | {"keeps": []} for each in WRITTEN["digests"]]})
    assert own.of_notice(Notice("u", "visit_over", COUNTY), facts).when == "at_once", "a county says otherwise"


def _broken(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    broken = deepcopy(WRITTEN)
    change(broken)
    return broken


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: it["rules"][0].pop("sources"), "sources"),
        (lambda it: it["rules"][0].update(sources=[]), "an empty list would match everything"),
        (lambda it: it["rules"][0].update(counties=None), "counties"),
        (lambda it: it["rules"][0].update(events=["case.vanished"]), "is no event that notify reads"),
        (lambda it: it["rules"][0].update(events=["case.opened"]), "review.requested tell a source"),
        (lambda it: it["rules"][0].update(to="nobody"), "to"),
        (lambda it: it["rules"].pop(), "a message could be lost"),
        (lambda it: it["rules"].append(it["rules"][0] | {"id": "late"}), "can never match"),
        (lambda it: it["rules"].insert(0, it["rules"][0]), "two rules are called hospital_emergency"),
        (lambda it: it["rules"].insert(0, DIGESTED | {"priorities": "any"}), "priority 1 is never in a digest"),
        (lambda it: it["rules"].insert(0, DIGESTED | {"digest": "noon"}), "there is no digest called noon"),
        (lambda it: it["rules"].insert(0, DIGESTED | {"digest": None}), "names its digest"),
        (lambda it: it["storm"].update(within="soon"), "is no span"),
    ],
)  # fmt: skip
def test_a_routing_with_a_hole_is_refused_and_says_why(change: Callable[[dict[str, Any]], None], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Routing.model_validate(_broken(change))


def test_a_countys_own_file_takes_the_place_of_the_services(tmp_path: Path) -> None:
    own = tmp_path / "routing.yaml"
    own.write_text(yaml.safe_dump(WRITTEN | {"version": "chiayi-1"}, allow_unicode=True), "utf-8")
    assert load_routing(own).version == "chiayi-1"


@pytest.mark.parametrize(
    ("place", "hears"),
    [
        (Place("g"), True),
        (Place("g", district="minxiong"), True),
        (Place("g", district="xingang"), False),
        (Place("g", unit="hospital"), True),
        (Place("g", unit="other-hospital"), False),
    ],
)
def test_a_group_that_is_bound_for_one_hospital_or_district_hears_of_that_alone(place: Place, hears: bool) -> None:
    assert place.hears("minxiong", ("hospital", None)) is hears
