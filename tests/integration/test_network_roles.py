"""Every route of network by every role: another role, another county and another session are refused."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import httpx
import pytest
from contracts.roles import ROLES
from fastapi.routing import APIRoute
from network.app import create_app
from network.settings import Settings

from tests.integration import network_stage
from tests.integration.network_life import ahead
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, PROTECTION, Stage, decided, stage
from tests.integration.signing_in import hidden
from tests.passwords import PASSWORD

pytestmark = pytest.mark.real

WORKING, COUNTING = {"officer", "supervisor", "caseworker"}, {"officer", "supervisor", "caseworker", "analyst"}
ANSWERING = REFERRING = WORKING | {"partner"}
FINDING, KEEPING = WORKING | {"keeper", "partner", "secretary"}, {"supervisor", "keeper"}
MEETING = WORKING | {"secretary"}
CROSSING, QUARTER = {"officer", "supervisor"}, {"from": "2026-01-01", "to": "2026-03-31"}
RECORDING = WORKING | {"keeper"}
SIGNING_IN = FINDING
OPEN = {
    ("GET", "/"), ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/sign-in/provider"), ("GET", "/sign-in/back"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
    ("GET", "/answer/{secret}"), ("POST", "/answer/{secret}"), ("GET", "/public/places"),
}  # fmt: skip
ELSEWHERE = "tainan"


@dataclass(frozen=True)
class Guarded:
    """A route, whom it serves, what it is asked, and what another county is answered."""

    method: str
    path: str
    roles: set[str]
    elsewhere: int
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    absent: bool = False
    """What it asks for is not there: whoever may is told so."""

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/v1")


TAKEN = {"report_id": "r1"}
BACK = TAKEN | {"reason": "wrong_area"}
# Every route of network. A new one is added here, or the test fails: who may, and what it is asked.
RECORDED = {"of": "activity", "kind": "other", "day": "2021-03-01"}
WHY = {"reason": "no_need"}
VERDICT = {"verdict": "dismissed", "code": "by_chance"}
LOAD = {"from": {"unit": PROTECTION, "person": "a"}, "to": [{"unit": PROTECTION, "person": "b"}]} | WHY
SOMEBODY = {"name": "林小美", "birth_date": "2019-03-12"}
NOBODY = {"programme": "none", "case_id": "none", "entered_by": "rule"}
LONG_AGO = "2026-01-01T00:00:00+08:00"
LATE = {"at": "2026-11-01T00:00:00Z"}
SOON = {"due_at": "2030-01-01T00:00:00+08:00"}
NOTHING = {"at": LONG_AGO}
NOBODYS = {"reason": "a"}
LISTED = {"list": "high_risk_domestic_violence", "because": "judged"}
SITTING = {"level": "district", "purpose": "district", "host": CENTRE, "county": COUNTY}
WHAT = {"what": "a", "lead": CENTRE, "due_at": LONG_AGO}
ON_ITEMS = {
    "note": {"text": "a"}, "deferral": WHY, "drop": WHY, "conflicts": {"person": "a"}, "looks": NOTHING,
    "raise": WHY | {"to": "bureau"}, "answer": {"text": "a"}, "closing": {}, "decisions": WHAT,
    "decisions/{decision}/outcome": {"state": "done"}, "decisions/{decision}/telling": NOTHING,
    "decisions/{decision}/adoption": {}, "decisions/{decision}/withdrawal": WHY,
}  # fmt: skip
QUESTION = {
    "purpose": "violence_on_scene", "national_id": "Q222222220", "asker": {"name": "a", "unit": POLICE},
}  # fmt: skip
LOST = {"asker": {"name": "a", "unit": POLICE}, "reason": "lost"}
GUARDED = [
    Guarded("GET", "/cases/{id}/graph", WORKING, 401),
    Guarded("GET", "/cases/{id}/genogram.svg", WORKING, 401),
    Guarded("POST", "/cases/{id}/kin", WORKING, 401, body={"how": "person.parent", "sex": "male"}),
    Guarded("POST", "/kin/{id}/end", WORKING, 401, body=WHY, absent=True),
    Guarded("POST", "/cases/{id}/links/{link}/answer", WORKING, 401, body={"verdict": "known"}, absent=True),
    Guarded("GET", "/v1/cases/{id}/graph", WORKING, 404),
    Guarded("POST", "/v1/cases/{id}/kin", WORKING, 404, body={"kind": "person", "sex": "male"}),
    Guarded("POST", "/v1/kin/{id}/end", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/cases/{id}/links/{link}/answer", WORKING, 404, body={"verdict": "known"}, absent=True),
    Guarded("POST", "/v1/cases/{id}/links/{link}/withdrawal", WORKING, 404, body=WHY, absent=True),
    Guarded("GET", "/v1/statistics/links", {"supervisor"}, 200),
    Guarded("GET", "/ask", REFERRING, 401),
    Guarded("POST", "/ask", WORKING, 403, body={"who": "Q222222220", "purpose": "violence_on_scene", "unit": POLICE}),
    Guarded("POST", "/ask/{id}/new", REFERRING, 404, body={"new": "yes"}, absent=True),
    Guarded("GET", "/askings", {"supervisor"}, 401),
    Guarded("POST", "/askings/cuts", {"supervisor"}, 404, body={"name": "a", "unit": POLICE, "restore": "yes"}),
    Guarded("POST", "/v1/signals", WORKING, 403, body=QUESTION),
    Guarded("POST", "/v1/signals/{id}/new_to_me", REFERRING, 404, body={"new": True}, absent=True),
    Guarded("GET", "/v1/signals", {"supervisor"}, 200),
    Guarded(
        "PUT",
        "/v1/signals/guarded",
        {"supervisor"},
        403,
        body={"kind": "public_figure", "county": COUNTY, "people": [{"national_id": "Q222222220"}]},
    ),
    Guarded("POST", "/v1/signals/cuts", {"supervisor"}, 404, body=LOST),
    Guarded("POST", "/v1/signals/restorations", {"supervisor"}, 404, body=LOST),
    Guarded("GET", "/early-warnings", WORKING, 401),
    Guarded("GET", "/early-warnings/{id}", WORKING, 401, absent=True),
    Guarded("POST", "/early-warnings/{id}/looks", WORKING, 401, absent=True),
    Guarded("POST", "/early-warnings/{id}/answer", WORKING, 401, absent=True),
    Guarded("GET", "/v1/early-warnings", WORKING, 200),
    Guarded("GET", "/v1/early-warnings/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/v1/early-warnings/{id}/looks", WORKING, 404, body=NOTHING, absent=True),
    Guarded("POST", "/v1/early-warnings/{id}/answer", WORKING, 404, body=VERDICT, absent=True),
    Guarded("GET", "/v1/statistics/early-warnings", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/hot-spots", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/cases/{id}/marks", WORKING, 404),
    Guarded("POST", "/v1/cases/{id}/marks", WORKING, 404, body={"mark": "staff_warning"}),
    Guarded("POST", "/v1/marks/{id}/end", WORKING, 404, body=WHY, absent=True),
    Guarded("GET", "/today", WORKING, 401),
    Guarded("GET", "/today/owed", WORKING, 401),
    Guarded("GET", "/today/all", WORKING, 401),
    Guarded("GET", "/today/handed", WORKING, 401),
    Guarded("GET", "/friday", {"supervisor"}, 401),
    Guarded("GET", "/friday/{name}", {"supervisor"}, 401, absent=True),
    Guarded("GET", "/looks", {"supervisor"}, 401),
    Guarded("GET", "/caseloads", WORKING, 401, {"unit": PROTECTION, "person": "a"}),
    Guarded("POST", "/caseloads", WORKING, 401, body={"unit": PROTECTION, "person": "a", "to_person": "b"} | WHY),
    Guarded("GET", "/households", WORKING, 401),
    Guarded("GET", "/households/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/households/{id}/looks", WORKING, 404, absent=True),
    Guarded("POST", "/households/{id}/screening", WORKING, 404, body={"result": "no_need"}, absent=True),
    Guarded("POST", "/households/{id}/assignment", {"supervisor"}, 404, body={"unit": CENTRE}, absent=True),
    Guarded("GET", "/v1/households", WORKING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/households/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/v1/households/{id}/looks", WORKING, 404, body={"a": 1}, absent=True),
    Guarded("POST", "/v1/households/{id}/screening", WORKING, 404, body={"result": "no_need"}, absent=True),
    Guarded("POST", "/v1/households/{id}/assignment", {"supervisor"}, 404, body={"unit": CENTRE}, absent=True),
    Guarded("GET", "/village-sheets", WORKING, 401),
    Guarded("POST", "/village-sheets", WORKING, 403, body={"county": COUNTY}),
    Guarded("GET", "/village-sheets/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/village-sheets/{id}/looks", WORKING, 404, absent=True),
    Guarded("POST", "/village-sheets/{id}/{act}", WORKING, 404, absent=True),
    Guarded("POST", "/v1/village-sheets", WORKING, 403, body={"county": COUNTY}),
    Guarded("GET", "/v1/village-sheets", WORKING, 200),
    Guarded("POST", "/v1/village-sheets/{id}/looks", WORKING, 404, body={"a": 1}, absent=True),
    Guarded("POST", "/v1/village-sheets/{id}/confirmation", WORKING, 404, body=LATE, absent=True),
    Guarded("POST", "/v1/village-sheets/{id}/answer", WORKING, 404, body={"answer": "knows_them"}, absent=True),
    Guarded("GET", "/v1/statistics/rosters", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/cases", WORKING, 401),
    Guarded("GET", "/caseloads/export", WORKING, 401, {"unit": PROTECTION, "person": "a"}),
    Guarded("GET", "/cases/export", WORKING, 401),
    Guarded("GET", "/cases/search", WORKING, 401),
    Guarded("POST", "/cases/search", WORKING, 200, body=SOMEBODY),
    Guarded("POST", "/v1/cases/searches", WORKING, 200, body=SOMEBODY),
    Guarded("GET", "/cases/{id}", WORKING, 404),
    Guarded("GET", "/cases/{id}/plan", WORKING, 404, absent=True),
    Guarded("POST", "/cases/{id}/plan", WORKING, 404, absent=True),
    Guarded("POST", "/cases/{id}/looks", WORKING, 404, body={"contact": "none"}, absent=True),
    Guarded("POST", "/cases/{id}/{act}", WORKING, 404, body=TAKEN),
    Guarded("GET", "/v1/cases", WORKING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/cases/{id}", WORKING, 404),
    Guarded("GET", "/v1/cases/{id}/timeline", WORKING, 404),
    Guarded("GET", "/v1/cases/{id}/contacts", WORKING, 404),
    Guarded("POST", "/v1/cases/{id}/acceptances", WORKING, 404, body=TAKEN),
    Guarded("GET", "/v1/tasks", WORKING, 403, {"unit": PROTECTION}),
    Guarded("POST", "/v1/cases/{id}/tasks", WORKING, 404, body={"unit": PROTECTION, "what": "visit"}),
    Guarded("POST", "/v1/tasks/{task_id}/completion", WORKING, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/tasks/{task_id}/drop", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/tasks/{task_id}/hand", WORKING, 404, body={"unit": PROTECTION}, absent=True),
    Guarded(
        "POST",
        "/v1/cases/{id}/contacts",
        WORKING,
        404,
        body={"kind": "telephone", "at": "2026-11-01T00:00:00Z", "reached": False},
    ),
    Guarded("POST", "/v1/cases/{id}/joint-visits", WORKING, 404, body={"with": [POLICE], "at": "2030-01-01T00:00:00Z"}),
    Guarded("POST", "/v1/joint-visits/{id}/invitations", WORKING, 404, body={"unit": POLICE}, absent=True),
    Guarded("POST", "/v1/joint-visits/{id}/withdrawal", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/invitations/{id}/acceptance", WORKING, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/invitations/{id}/refusal", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/cases/{id}/assessments", WORKING, 404, body={"opened": True}),
    Guarded("POST", "/v1/cases/{id}/plans", WORKING, 404, body={"goals": ["child_safe"]}),
    Guarded("POST", "/v1/plans/{id}/review", WORKING, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/cases/{id}/collaborators", WORKING, 404, body={"unit": POLICE} | SOON),
    Guarded("POST", "/v1/collaborations/{id}/acceptance", WORKING, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/collaborations/{id}/refusal", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/collaborations/{id}/release", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/cases/{id}/handovers", WORKING, 404, body={"to": CENTRE} | WHY),
    Guarded("POST", "/v1/handovers/{id}/acceptance", WORKING, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/handovers/{id}/refusal", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/caseloads/handovers", WORKING, 403, body=LOAD),
    Guarded("GET", "/v1/people/{person}/owns", WORKING, 200),
    Guarded("POST", "/v1/cases/{id}/closings", WORKING, 404, body={"reason": "goals_met"}),
    Guarded("POST", "/v1/closings/{id}/approval", {"supervisor"}, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/closings/{id}/refusal", {"supervisor"}, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/cases/{id}/merges", WORKING, 404, body={"case_id": "none"} | WHY, absent=True),
    Guarded("POST", "/v1/merges/{id}/approval", {"supervisor"}, 404, body={"by": "a"}, absent=True),
    Guarded("POST", "/v1/merges/{id}/refusal", {"supervisor"}, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/merges/{id}/undo", {"supervisor"}, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/cases/{id}/returns", WORKING, 404, body=BACK),
    Guarded("GET", "/v1/statistics/cases", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/rates", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/needs", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/joint-visits", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/returns", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/looks", {"supervisor", "administrator"}, 200),
    Guarded("GET", "/v1/resources", WORKING, 404, {"report_id": "helped"}),
    Guarded("GET", "/directory", FINDING, 401),
    Guarded("GET", "/directory/export", FINDING, 401, {"county": COUNTY}),
    Guarded("GET", "/directory/map", FINDING, 401, {"county": COUNTY}),
    Guarded("POST", "/directory", KEEPING, 401, body={"id": "a", "name": "a", "county": COUNTY}),
    Guarded("POST", "/directory/imports", KEEPING, 401, body={"county": COUNTY}),
    Guarded("GET", "/directory/{id}", FINDING, 404, absent=True),
    Guarded("POST", "/directory/{id}/{act}", KEEPING, 404, absent=True),
    Guarded("GET", "/v1/directory", FINDING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/directory/export", FINDING, 403, {"county": COUNTY}),
    Guarded("POST", "/v1/directory/imports", KEEPING, 403, {"county": COUNTY}, {"organization": []}),
    Guarded("GET", "/v1/directory/{id}", FINDING, 404, absent=True),
    Guarded("PUT", "/v1/directory/{id}", KEEPING, 403, body={"county": COUNTY, "name": "a"}),
    Guarded("POST", "/v1/directory/{id}/second-look", KEEPING, 404, body={"right": True}),
    Guarded("POST", "/v1/directory/{id}/assurance", KEEPING, 404),
    Guarded("GET", "/referrals", ANSWERING, 401),
    Guarded("GET", "/referrals/new", REFERRING, 401),
    Guarded("POST", "/referrals", REFERRING, 401, body={"service": "counselling"}),
    Guarded("GET", "/referrals/{id}", ANSWERING, 404, absent=True),
    Guarded("POST", "/referrals/{id}/looks", ANSWERING, 404, absent=True),
    Guarded("POST", "/referrals/{id}/{act}", ANSWERING, 404, absent=True),
    Guarded("GET", "/figures/referrals", WORKING, 401),
    Guarded("GET", "/v1/statistics/referrals", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/programmes", WORKING, 401),
    Guarded("GET", "/programmes/drafts", {"supervisor"}, 401),
    Guarded("POST", "/programmes/drafts", {"supervisor"}, 401, body={"text": "none"}),
    Guarded("POST", "/programmes/drafts/approval", {"supervisor"}, 401, body={"programme": "none"}, absent=True),
    Guarded("GET", "/v1/programmes/proposals", {"supervisor"}, 403, {"county": COUNTY}),
    Guarded("POST", "/v1/programmes/proposals", {"supervisor"}, 403, {"county": COUNTY}, {"text": "none"}),
    Guarded(
        "POST",
        "/v1/programmes/{code}/versions/{version}/approval",
        {"supervisor"},
        404,
        body={"digest": "0" * 64},
        absent=True,
    ),
    Guarded("GET", "/programmes/{code}", WORKING, 401, {"county": COUNTY}, absent=True),
    Guarded("GET", "/programmes/{code}/entries", WORKING, 401, {"county": COUNTY}, absent=True),
    Guarded("POST", "/programmes/{code}/entries", WORKING, 401, body={"county": COUNTY}, absent=True),
    Guarded("GET", "/programmes/{code}/export", WORKING, 401, {"county": COUNTY}, absent=True),
    Guarded("GET", "/programmes/{code}/files", WORKING, 401, {"county": COUNTY}, absent=True),
    Guarded("POST", "/programmes/{code}/files", WORKING, 401, body={"county": COUNTY}, absent=True),
    Guarded("POST", "/programmes/{code}/comparisons", WORKING, 401, body={"county": COUNTY}, absent=True),
    Guarded("POST", "/v1/programmes/{code}/files", WORKING, 403, {"county": COUNTY}, absent=True),
    Guarded(
        "POST",
        "/v1/programmes/{code}/comparisons",
        WORKING,
        403,
        {"county": COUNTY},
        {"lists": {"court": []}},
        absent=True,
    ),
    Guarded("POST", "/v1/enrolments/{id}/address", WORKING, 404, body={"address": "x"}, absent=True),
    Guarded("POST", "/v1/enrolments/entries", ANSWERING, 200, body={"entries": [{}]}),
    Guarded("GET", "/enrolments/new", WORKING, 401),
    Guarded("POST", "/enrolments", WORKING, 401, body={"programme": "none", "entered_by": "rule"}),
    Guarded("GET", "/enrolments/{id}", ANSWERING, 404, absent=True),
    Guarded("POST", "/enrolments/{id}/looks", ANSWERING, 404, absent=True),
    Guarded("POST", "/enrolments/{id}/{act}", ANSWERING, 404, absent=True),
    Guarded("GET", "/v1/programmes", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/enrolments", ANSWERING, 200),
    Guarded("POST", "/v1/enrolments", WORKING, 404, body=NOBODY, absent=True),
    Guarded("GET", "/v1/enrolments/{id}", ANSWERING, 404, absent=True),
    Guarded(
        "POST", "/v1/enrolments/{id}/contacts", ANSWERING, 404, body={"kind": "visit", "at": LONG_AGO}, absent=True
    ),
    Guarded("POST", "/v1/enrolments/{id}/answers", WORKING, 404, body={"answer": "none"}, absent=True),
    Guarded("POST", "/v1/enrolments/{id}/grants", WORKING, 404, body={"item": "none", "amount": 1}, absent=True),
    Guarded("POST", "/v1/enrolments/{id}/payments", WORKING, 404, body={"grant_id": "none"}, absent=True),
    Guarded("POST", "/v1/enrolments/{id}/pauses", WORKING, 404, body={"from": LONG_AGO} | WHY, absent=True),
    Guarded("POST", "/v1/enrolments/{id}/end", WORKING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/enrolments/{id}/looks", ANSWERING, 404, absent=True),
    Guarded("GET", "/v1/statistics/programmes/{programme}", COUNTING, 403, {"county": COUNTY}, absent=True),
    Guarded("GET", "/v1/statistics/linkings", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/linkings", WORKING, 401),
    Guarded("GET", "/linkings/{report_id}", WORKING, 404, absent=True),
    Guarded("POST", "/linkings/{report_id}/advice", WORKING, 404, absent=True),
    Guarded("GET", "/v1/linkings", WORKING, 200),
    Guarded("GET", "/v1/linkings/{report_id}", WORKING, 404, absent=True),
    Guarded("POST", "/v1/linkings/{report_id}/advice", WORKING, 404, body={"advised": ["advice_113"]}, absent=True),
    Guarded("GET", "/warnings", WORKING, 401),
    Guarded("POST", "/warnings", WORKING, 401, body={"county": COUNTY}),
    Guarded("GET", "/warnings/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/warnings/{id}/looks", WORKING, 404, absent=True),
    Guarded("POST", "/warnings/{id}/measures", WORKING, 404, absent=True),
    Guarded("GET", "/v1/staff-warnings", WORKING, 200),
    Guarded(
        "POST",
        "/v1/staff-warnings",
        WORKING,
        403,
        body={"county": COUNTY, "to": POLICE, "readers": ["a", "b"], "text": "a"},
    ),
    Guarded("GET", "/v1/staff-warnings/{id}", WORKING, 404, absent=True),
    Guarded("POST", "/v1/staff-warnings/{id}/looks", WORKING, 404, absent=True),
    Guarded("POST", "/v1/staff-warnings/{id}/measures", WORKING, 404, body={"measures": ["dismissed"]}, absent=True),
    Guarded("GET", "/v1/referrals", ANSWERING, 200),
    Guarded("POST", "/v1/referrals", REFERRING, 404, body={"service": "counselling", "case_id": "none"}, absent=True),
    Guarded("GET", "/v1/referrals/{id}", ANSWERING, 404, absent=True),
    Guarded("POST", "/v1/referrals/{id}/looks", ANSWERING, 404, absent=True),
    Guarded("POST", "/v1/referrals/{id}/acceptance", ANSWERING, 404, body=LATE, absent=True),
    Guarded("POST", "/v1/referrals/{id}/refusal", ANSWERING, 404, body={"reason": "no_need"}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/waiting", ANSWERING, 404, body={"expected": ahead(9)}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/start", ANSWERING, 404, body=LATE, absent=True),
    Guarded("POST", "/v1/referrals/{id}/completion", ANSWERING, 404, body={"outcome": "served"}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/parts", ANSWERING, 404, body={"kind": "a", "result": "b"}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/sessions", ANSWERING, 404, body=LATE, absent=True),
    Guarded("POST", "/v1/referrals/{id}/keeping", ANSWERING, 404, body={"after": "3mo", "kept": True}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/confirmation", WORKING, 404, body={"confirmed_by_person": True}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/withdrawal", WORKING, 404, body={"reason": "mistake"}, absent=True),
    Guarded("POST", "/referrals/{id}/links", WORKING, 404, absent=True),
    Guarded("POST", "/referrals/{id}/revocation", WORKING, 404, absent=True),
    Guarded("POST", "/v1/referrals/{id}/links", WORKING, 404, body={"days": 1}, absent=True),
    Guarded("POST", "/v1/referrals/{id}/links/revocation", WORKING, 404, absent=True),
    Guarded("GET", "/figures/crosstab", CROSSING, 401),
    Guarded("GET", "/figures/crosstab.{format}", CROSSING, 401, {"rows": "need", "columns": "outcome"}),
    Guarded(
        "GET", "/v1/statistics/crosstab", CROSSING | {"analyst"}, 403, {"county": COUNTY, "rows": "need"} | QUARTER
    ),
    Guarded("GET", "/records", RECORDING, 401),
    Guarded("POST", "/records", RECORDING, 401, body={"county": COUNTY, "of": "activity"}),
    Guarded("POST", "/records/{id}/withdrawal", RECORDING, 404, body=WHY, absent=True),
    Guarded("GET", "/review", CROSSING, 401),
    Guarded("GET", "/review.{format}", CROSSING, 401),
    Guarded("GET", "/review/meetings", MEETING, 401),
    Guarded("GET", "/review/rosters", CROSSING, 401),
    Guarded("GET", "/yearly", WORKING, 401),
    Guarded("GET", "/yearly.{format}", WORKING, 401),
    Guarded("GET", "/v1/records", RECORDING, 403, {"county": COUNTY}),
    Guarded("POST", "/v1/records", RECORDING, 403, body={"county": COUNTY, "what": RECORDED}),
    Guarded("GET", "/v1/records/{id}", RECORDING, 404, absent=True),
    Guarded("POST", "/v1/records/{id}/correction", RECORDING, 404, body={"what": RECORDED}, absent=True),
    Guarded("POST", "/v1/records/{id}/withdrawal", RECORDING, 404, body=WHY, absent=True),
    Guarded("GET", "/v1/statistics/activities", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/coverage", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/posts", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/training", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/v1/statistics/indicators", COUNTING, 403, {"county": COUNTY}),
    Guarded("GET", "/meetings", MEETING, 401),
    Guarded("GET", "/meetings.ics", MEETING, 401),
    Guarded("GET", "/meetings/lists", MEETING, 401),
    Guarded("POST", "/cases/{id}/incidents", WORKING, 401),
    Guarded("POST", "/cases/{id}/meetings/looks", WORKING, 401),
    Guarded("POST", "/meetings", MEETING, 401),
    Guarded("POST", "/meetings/series", MEETING, 401),
    Guarded("POST", "/meetings/plan", MEETING, 401, body={"series_id": "none", "year": "2026"}, absent=True),
    Guarded("GET", "/meeting-items/{id}", MEETING, 401, absent=True),
    *(Guarded("GET", f"/meetings/{{id}}{page}", MEETING, 401, absent=True)
      for page in ("", "/papers", "/pack.{kind}", "/room", "/minutes")),
    *(Guarded("POST", f"/meetings/{{id}}/{act}", MEETING, 401, absent=True)
      for act in ("{act}", "items/{item}/looks", "items/{item}/{act}", "items/{item}/decisions/{decision}/{act}",
                  "room/{item}/looks", "room/{item}/decisions", "minutes/looks")),
    Guarded("POST", "/sign-out", SIGNING_IN, 303),
    Guarded("POST", "/v1/series", MEETING, 403, body=SITTING | {"chairs": [CENTRE]}),
    Guarded("GET", "/v1/series", MEETING, 200),
    Guarded("GET", "/v1/series/{id}", MEETING, 404, absent=True),
    Guarded("POST", "/v1/series/{id}/plan", MEETING, 404, body={"year": 2026}, absent=True),
    Guarded("POST", "/v1/meetings", MEETING, 403, body=SITTING | {"at": LONG_AGO}),
    Guarded("GET", "/v1/meetings", MEETING, 200),
    Guarded("GET", "/v1/meetings/{id}", MEETING, 404, absent=True),
    Guarded("POST", "/v1/meetings/{id}/call", MEETING, 404, body=NOTHING, absent=True),
    Guarded("POST", "/v1/meetings/{id}/date", MEETING, 404, body={"at": LONG_AGO}, absent=True),
    Guarded("POST", "/v1/meetings/{id}/chair", MEETING, 404, body={"chair": CENTRE}, absent=True),
    Guarded("POST", "/v1/meetings/{id}/cancellation", MEETING, 404, body=WHY, absent=True),
    Guarded("POST", "/v1/meetings/{id}/attendance", MEETING, 404, body=NOTHING, absent=True),
    Guarded("POST", "/v1/meetings/{id}/end", MEETING, 404, body=NOTHING, absent=True),
    Guarded("POST", "/v1/meetings/{id}/items", MEETING, 404, body=WHY | {"topic": "a"}, absent=True),
    Guarded("GET", "/v1/meetings.ics", MEETING, 200),
    Guarded("GET", "/v1/meetings/{id}/minutes", MEETING, 404, absent=True),
    Guarded("PUT", "/v1/meetings/{id}/minutes", MEETING, 404, body={"text": "a"}, absent=True),
    Guarded("POST", "/v1/meetings/{id}/minutes/looks", MEETING, 404, body=NOTHING, absent=True),
    Guarded("POST", "/v1/meetings/{id}/minutes/approval", MEETING, 404, body=NOTHING, absent=True),
    Guarded("PUT", "/v1/meetings/{id}/items/{item}/paper", MEETING, 404, body={"text": "a"}, absent=True),
    *(Guarded("GET", f"/v1/meetings/{{id}}/pack{kind}", MEETING, 404, absent=True) for kind in ("", ".pdf", ".docx")),
    Guarded("GET", "/v1/listings", MEETING, 200),
    Guarded("POST", "/v1/cases/{id}/listings", MEETING, 404, body=LISTED),
    Guarded("POST", "/v1/cases/{id}/incidents", MEETING, 404, body={"unit": CENTRE}),
    Guarded("POST", "/v1/listings/{id}/keeping", MEETING, 404, body=NOBODYS, absent=True),
    Guarded("POST", "/v1/listings/{id}/delisting", MEETING, 404, body={"score": 1}, absent=True),
    Guarded("GET", "/v1/statistics/meetings", WORKING, 403, {"county": COUNTY}),
    *(Guarded("POST", f"/v1/meetings/{{id}}/items/{{item}}/{name}", MEETING, 404, body=body, absent=True)
      for name, body in ON_ITEMS.items()),
]  # fmt: skip


def every_route() -> Iterator[tuple[str, str]]:
    pending: list[Any] = list(create_app(Settings.without_secrets()).routes)
    while pending:
        route = pending.pop()
        if isinstance(route, APIRoute):
            yield from ((method, route.path) for method in route.methods - {"HEAD"})
        elif inner := getattr(route, "original_router", None) or getattr(route, "router", None):
            pending += inner.routes


def test_no_route_is_left_out() -> None:
    known, there = OPEN | {(each.method, each.path) for each in GUARDED}, set(every_route())
    assert there - known == set(), "a new route: say in GUARDED whom it serves"
    assert known - there == set()


@pytest.fixture
async def net(settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(network_stage, "ROLES", tuple(ROLES))
    async with stage(settings_env) as found:
        yield found


async def signed_in(net: Stage, role: str) -> str:
    """The cookie and the form token of a role, empty for who may not come in."""
    net.http.cookies.clear()
    answer = await net.http.post("/sign-in", data={"username": role, "password": PASSWORD})
    net.http.cookies.clear()
    if role not in SIGNING_IN:
        assert answer.status_code in (401, 403), role
    return str(answer.cookies.get("network_session", ""))


async def ask(net: Stage, route: Guarded, role: str, cookie: str, path: str, csrf: str) -> httpx.Response:
    if route.is_api:
        headers = {"Authorization": f"Bearer {role}"} if role != "nobody" else {}
        body = {"json": route.body} if route.body or route.method == "POST" else {}
        return await net.http.request(route.method, path, params=route.query, headers=headers, **body)  # type: ignore[arg-type]
    headers = {"Cookie": f"network_session={cookie}"}
    data = {"data": route.body | {"csrf": csrf}} if route.method == "POST" else {}
    return await net.http.request(route.method, path, params=route.query, headers=headers, **data)  # type: ignore[arg-type]


def is_right(route: Guarded, role: str, status: int) -> bool:
    if role == "nobody" or (role not in SIGNING_IN and not route.is_api and role != ELSEWHERE):
        return status == 401
    if role == ELSEWHERE:
        return status == (route.elsewhere if route.is_api else 401)
    if role not in route.roles:
        return status == 403
    return status == 404 if route.absent else status not in {401, 403, 404}


def _path(route: Guarded, id: str) -> str:
    given = {"{id}": id, "{act}": "acceptances", "{task_id}": "none", "{person}": "a", "{version}": "1",
             "{item}": "none", "{link}": "none", "{decision}": "none", "{format}": "csv", "{kind}": "pdf"}  # fmt: skip
    return reduce(lambda path, name: path.replace(name, given[name]), given, route.path)


@pytest.mark.parametrize("role", [*ROLES, ELSEWHERE, "nobody"])
async def test_every_route_serves_its_roles_and_nobody_else(net: Stage, role: str) -> None:
    await net.decide(decided("r1", family=["a"]), decided("r2", family=["a"]), decided("helped", "no_dispatch"))
    case = await net.case_of("r1")
    cookie, wrong = await signed_in(net, role), {}
    page = await net.http.get("/directory", headers={"Cookie": f"network_session={cookie}"})
    for route in GUARDED:
        path = _path(route, case["case_id"])
        answer = await ask(net, route, role, cookie, path, hidden(page.text).get("csrf", "guess"))
        if not is_right(route, role, answer.status_code):
            wrong[f"{route.method} {path}"] = answer.status_code
    assert wrong == {}


async def test_whoever_accepts_second_at_the_page_is_told_who_was_faster(net: Stage) -> None:
    await net.decide(decided("r1"))
    path = f"/cases/{(await net.case_of('r1'))['case_id']}/acceptances"
    answers = []
    for role in ("caseworker", "supervisor"):
        cookie = await signed_in(net, role)
        headers = {"Cookie": f"network_session={cookie}"}
        csrf = hidden((await net.http.get("/", headers=headers)).text)["csrf"]
        answers.append(await net.http.post(path, data=TAKEN | {"csrf": csrf}, headers=headers))
    assert [answer.status_code for answer in answers] == [303, 409]
    assert "caseworker 陳" in answers[1].text


async def test_a_form_without_its_token_or_with_another_persons_changes_nothing(net: Stage) -> None:
    await net.decide(decided("r1"))
    case = await net.case_of("r1")
    mine, other = await signed_in(net, "caseworker"), await signed_in(net, "supervisor")
    stolen = hidden((await net.http.get("/", headers={"Cookie": f"network_session={other}"})).text)["csrf"]
    for csrf in ("guess", stolen):
        for route in (each for each in GUARDED if each.method == "POST" and not each.is_api):
            answer = await ask(net, route, "caseworker", mine, _path(route, case["case_id"]), csrf)
            assert answer.status_code == 403, route.path
    assert (await net.case_of("r1"))["reports"][0].get("accepted_by") is None
