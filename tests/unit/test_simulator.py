"""The simulator: valid people, a day in the published mix, and posts that end in one receipt each."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import httpx
import pytest
from contracts.codes import names
from contracts.people import read_birth_date
from contracts.reports import Submission
from simulator import living
from simulator.day import PlannedReport, plan_day
from simulator.figures import group_of, mix, outcomes, shares, sources
from simulator.load import pairs, post_many, post_pairs, singles
from simulator.people import HOME, Population, is_valid_id, roc, spoilt
from simulator.post import Postbox, Result, open_postbox, post_day
from simulator.watch import Stack
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NOW = datetime(2026, 11, 22, 19, 30, tzinfo=timezone(timedelta(hours=8)))
KEYS = {source: f"key-of-{source}" for source in sources()}
NARRATIVE_OF = {"strangulation": ("頸", "脖"), "weapon_threat": ("刀", "棍"), "pregnant_victim": ("懷孕",)}


@cache
def big_day() -> tuple[PlannedReport, ...]:
    return plan_day(5000, seed=7, now=NOW)


def subject(report: PlannedReport) -> dict[str, Any]:
    people: list[dict[str, Any]] = report.body["people"]
    return next(person for person in people if person["role"] == "subject")


def _identity(report: PlannedReport) -> str:
    return str(subject(report).get("national_id", report.body["sender_ref"]))


def _reference(report: PlannedReport) -> str:
    return str(report.body["sender_ref"])


# ---------------------------------------------------------------- people


@pytest.mark.parametrize("number", ["Q222222220", "A123456789"])
def test_an_id_with_a_right_check_digit_is_valid_and_spoilt_it_is_not(number: str) -> None:
    assert is_valid_id(number)
    assert not is_valid_id(spoilt(number))


def test_people_have_valid_ids_of_both_kinds_and_phones_of_their_own() -> None:
    population = Population(Random(1), NOW.date())
    people = [person for _ in range(500) for _, person in population.household().members]
    assert all(is_valid_id(person.national_id) for person in people)
    assert {person.national_id[1] for person in people} == set("1289")
    assert len({person.phone for person in people}) == len(people)
    assert all(len(person.phone) == 10 and person.phone.startswith("0900") for person in people)


def test_many_people_share_a_name() -> None:
    population = Population(Random(1), NOW.date())
    borne = Counter(population.outsider().name for _ in range(3000))
    assert max(borne.values()) >= 5


def test_relations_in_a_family_are_those_of_the_subject() -> None:
    population = Population(Random(3), NOW.date())
    families = (population.household() for _ in range(200))
    family = next(one for one in families if one.seated("child") and one.seated("elder"))
    adult, child, elder = (family.seated(seat)[0] for seat in ("adult", "child", "elder"))
    assert family.relation(adult, child) == "parent"
    assert family.relation(child, adult) == "child"
    assert family.relation(elder, child) == "grandparent"
    assert family.relation(elder, adult) == "parent"
    assert family.relation(family.seated("partner")[0], adult) == family.bond


def test_an_roc_date_is_read_back_by_the_contract() -> None:
    for day in (NOW.date(), NOW.date().replace(year=1934), NOW.date().replace(year=1990)):
        assert read_birth_date(roc(day, slashes=True)) == read_birth_date(roc(day, slashes=False)) == day


# ---------------------------------------------------------------- the day


def test_the_same_seed_plans_the_same_day() -> None:
    assert plan_day(200, 7, NOW) == plan_day(200, 7, NOW)
    assert plan_day(200, 7, NOW) != plan_day(200, 8, NOW)


def test_a_small_day_hears_every_kind_of_agency() -> None:
    assert {report.source for report in plan_day(60, 7, NOW)} == set(sources())


def test_a_day_may_be_tiny() -> None:
    assert [len(plan_day(n, 7, NOW)) for n in (1, 2, 9)] == [1, 2, 9]


def test_a_second_run_is_a_second_day_with_other_people() -> None:
    days = [plan_day(100, 7, NOW), plan_day(100, 7, NOW + timedelta(minutes=1))]
    people, references = ([{of(report) for report in day} for day in days] for of in (_identity, _reference))
    assert not people[0] & people[1]
    assert not references[0] & references[1]
    assert [one.source for one in days[0]] == [one.source for one in days[1]]


def test_each_kind_of_load_has_people_and_references_of_its_own() -> None:
    drafts = [*singles(100, NOW), *singles(100, NOW, seed=2), *(one for pair in pairs(50, NOW) for one in pair)]
    assert len({body["sender_ref"] for _, body in drafts}) == 300


def test_every_report_obeys_the_contract() -> None:
    for report in big_day():
        Submission.model_validate_json(json.dumps(report.body))


def test_sources_and_case_types_come_as_often_as_published() -> None:
    drawn = Counter((report.body["case_type"], report.source) for report in big_day())
    published, whole = mix(), sum(mix().values())
    expected = {cell: 5000 * n / whole for cell, n in published.items() if n}
    chi_square = sum((drawn[cell] - n) ** 2 / n for cell, n in expected.items())
    assert set(drawn) <= set(expected)
    assert chi_square < 80  # 44 cells: p = 0.0006


@pytest.mark.parametrize("group", ["adult_protection", "child_protection", "suspected_abuse", "consultation"])
def test_duplicates_and_transfers_come_as_often_as_published(group: str) -> None:
    kinds = [report.kind for report in big_day() if group_of(report.body["case_type"]) == group]
    published = shares(outcomes(group))
    duplicates = kinds.count("duplicate") + kinds.count("same_instant")
    assert duplicates / len(kinds) == pytest.approx(published["duplicate"], abs=0.02)
    assert kinds.count("elsewhere") / len(kinds) == pytest.approx(published["transferred"], abs=0.02)


def test_needs_follow_the_published_order_at_both_ends() -> None:
    drawn = Counter(need for report in big_day() for need in report.body.get("needs", ()))
    assert drawn["economic_hardship"] > drawn["child_development"] > drawn["support_system_change"] > 0


def test_a_duplicate_tells_the_same_event_of_the_same_person_in_other_words() -> None:
    plan = big_day()
    repeats = [report for report in plan if report.kind in ("duplicate", "same_instant")]
    for report in repeats:
        first = plan[report.of if report.of is not None else -1]
        assert subject(report)["name"] == subject(first)["name"]
        assert report.body["event"]["kinds"][0] == first.body["event"]["kinds"][0]
        assert report.minute >= first.minute
        assert (report.source, report.body["sender_ref"]) != (first.source, first.body["sender_ref"])
        assert report.kind == "duplicate" or (report.minute == first.minute and report.source != first.source)
    assert any(report.kind == "same_instant" for report in repeats)


def test_a_family_that_comes_back_tells_of_something_later_at_the_same_address() -> None:
    plan = big_day()
    returning = [report for report in plan if report.kind == "returning"]
    assert len(returning) > 150
    for report in returning:
        first = plan[report.of if report.of is not None else -1]
        assert subject(report)["residence"] == subject(first)["residence"]
        assert report.body["event"]["occurred_at"] > first.body["event"]["occurred_at"]


def test_another_countys_reports_come_to_our_window_with_a_place_elsewhere() -> None:
    for report in big_day():
        away = {report.body["event"]["place"]["county"], subject(report)["residence"]["county"]}
        assert report.body["county"] == HOME
        assert (HOME not in away) == (report.kind == "elsewhere")


def test_nothing_happens_in_the_future_or_is_known_before_it_happens() -> None:
    for report in big_day():
        occurred, known = (
            datetime.fromisoformat(at) for at in (report.body["event"]["occurred_at"], report.body["known_at"])
        )
        assert occurred <= known <= NOW


def test_every_agency_counts_its_own_reports_without_a_gap() -> None:
    for source in sources():
        sent = [report.body["sequence"] for report in big_day() if report.source == source]
        assert sent == list(range(sent[0], sent[0] + len(sent)))
    assert len({report.body["sender_ref"] for report in big_day()}) == 5000


def test_a_few_codes_are_unknown_and_a_few_check_digits_wrong() -> None:
    known = names("kinds", NOW.date()).keys()
    odd = sum(not set(report.body["event"]["kinds"]) <= known for report in big_day())
    ids = [person["national_id"] for report in big_day() for person in report.body["people"] if "national_id" in person]
    wrong = sum(not is_valid_id(number) for number in ids)
    assert 0 < odd < 150
    assert 0.01 < wrong / len(ids) < 0.03


def test_a_village_chief_knows_little_and_a_police_officer_much() -> None:
    def share(source: str) -> float:
        known = ["national_id" in subject(one) for one in [*big_day(), *plan_day(5000, 8, NOW)] if one.source == source]
        return sum(known) / len(known)

    assert share("civil_affairs") < 0.3 < 0.85 < share("police")


def test_a_coded_danger_sign_is_told_in_the_narrative() -> None:
    for report in big_day():
        event = report.body["event"]
        for sign in set(event["danger_signs"]) & NARRATIVE_OF.keys():
            assert any(word in event["narrative"] for word in NARRATIVE_OF[sign])


# ---------------------------------------------------------------- posting


class Intake:
    """Answers as intake does; refuses the first `failing` posts, and drops the line after half of those."""

    def __init__(self, failing: int = 0) -> None:
        self.receipts: dict[str, dict[str, Any]] = {}
        self.posts, self._failing = 0, failing
        self.app = Starlette(routes=[Route("/v1/reports", self.accept, methods=["POST"])])

    async def accept(self, request: Request) -> Response:
        self.posts += 1
        source, key = (
            request.headers["Authorization"].removeprefix("Bearer key-of-"),
            request.headers["Idempotency-Key"],
        )
        assert source in sources()
        Submission.model_validate_json(await request.body())
        at = datetime.now(NOW.tzinfo).isoformat()
        receipt = {"report_id": f"r{len(self.receipts)}", "serial": "1", "received_at": at, "status": "received"}
        kept = self.receipts.setdefault(key, receipt)
        if self.posts <= self._failing:  # durable, but the sender is not told
            return Response(status_code=503 if self.posts % 2 else 429, headers={"Retry-After": "0"})
        return JSONResponse(kept, 202)

    def postbox(self) -> Postbox:
        return open_postbox("http://intake", KEYS, 8, httpx.ASGITransport(self.app))


async def test_every_planned_report_gets_a_receipt_in_the_plans_order() -> None:
    intake, plan = Intake(), plan_day(60, 7, NOW)
    seen: list[Result] = []
    results = await post_day(intake.postbox(), plan, 0.2, seen.append)
    assert [result.body for result in results] == [report.body for report in plan]
    assert len({result.receipt["report_id"] for result in results if result.receipt}) == len(seen) == 60


async def test_a_report_that_is_not_answered_is_posted_again_with_the_same_key() -> None:
    intake = Intake(failing=10)
    drafts = singles(40, NOW)
    results = await post_many(
        "http://intake", KEYS, 40, 8, drafts.__getitem__, transport=httpx.ASGITransport(intake.app)
    )
    assert all(result.receipt for result in results)
    assert sum(result.attempts for result in results) == 50
    assert len(intake.receipts) == 40


async def test_an_intake_that_is_away_is_given_up_with_a_reason() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    postbox = open_postbox("http://intake", KEYS, 1, httpx.MockTransport(away))
    postbox.patience = 0.2
    result = await postbox.post(*singles(1, NOW)[0])
    assert (result.receipt, result.status, result.attempts > 1) == (None, None, True)
    assert "nobody there" in result.problem


async def test_a_refused_report_is_not_tried_again() -> None:
    postbox = open_postbox(
        "http://intake", KEYS, 1, httpx.MockTransport(lambda _: httpx.Response(422, text="no subject"))
    )
    result = await postbox.post(*singles(1, NOW)[0])
    assert (result.attempts, result.status, result.problem) == (1, 422, "no subject")


async def test_pairs_are_one_person_and_one_event_in_two_agencies_words() -> None:
    intake, drafts = Intake(), pairs(30, NOW)
    for (police, one), (medical, other) in drafts:
        first, second = one["people"][0], other["people"][0]
        assert (police, medical) == ("police", "medical")
        assert (first["name"], first["phones"]) == (second["name"], second["phones"])
        assert one["sender_ref"] != other["sender_ref"]
        assert {"birth_date"} <= first.keys() & second.keys()
        assert "national_id" in first or "national_id" in second
    assert sum("national_id" not in body["people"][0] for pair in drafts for _, body in pair) == 10
    results = await post_pairs("http://intake", KEYS, drafts, transport=httpx.ASGITransport(intake.app))
    assert len({one.receipt["report_id"] for pair in results for one in pair if one.receipt}) == 60


# ---------------------------------------------------------------- the fortnight


UNITS = tuple(f"{HOME}/{name}" for name in ("protection", "welfare_centre.minxiong", "labour", "civil_affairs"))
FORTNIGHT = Stack(
    {"network": "http://network"},
    {},
    {"supervisor": "supervisor", "supervisor_2": "supervisor_2"},
    {},
    {unit: {"token": f"token of {unit}"} for unit in UNITS},
)


def _cases(count: int, state: str) -> list[dict[str, Any]]:
    people = [{"person": "id:1"}]
    return [
        {"case_id": f"{state}-{n}", "lead": {"unit": UNITS[0]}, "collaborators": [], "people": people, "tasks": [],
         "reports": [{"report_id": f"{state}-report-{n}"}]}
        for n in range(count)
    ]  # fmt: skip


async def _lived(
    count: int, refuses: str = "-", bodies: list[tuple[str, dict[str, Any]]] | None = None
) -> tuple[list[tuple[str, str]], list[str]]:
    """What was asked of network, as (path, token), and the reports of the cases that it calls closed."""
    acts: list[tuple[str, str]] = []

    def network(request: httpx.Request) -> httpx.Response:
        path, token = request.url.path, request.headers["authorization"].removeprefix("Bearer ")
        if request.method == "GET" and path == "/v1/cases":
            state = request.url.params["state"]
            return httpx.Response(200, json={"cases": _cases(count if state == "accepted" else 1, state)})
        if request.method == "GET":
            return httpx.Response(200, json=_cases(1, "accepted")[0])
        acts.append((path, token))
        if bodies is not None:
            bodies.append((token, json.loads(request.content)))
        refused = path.endswith(refuses)
        return httpx.Response(
            409 if refused else 201,
            json={f"{each}_id": each for each in ("handover", "closing", "collaboration")}
            | {"invitations": [{"invitation_id": "invitation", "unit": UNITS[2]}]},
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(network)) as client:
        return acts, await living.live(client, FORTNIGHT)


async def test_each_act_of_the_fortnight_is_that_of_the_unit_whose_turn_it_is() -> None:
    acts, closed = await _lived(9)
    by = dict(acts)
    assert by["/v1/handovers/handover/acceptance"] == f"token of {UNITS[1]}"
    assert by["/v1/closings/closing/approval"] == "supervisor_2"
    assert ("/v1/collaborations/collaboration/acceptance", f"token of {UNITS[2]}") in acts
    assert ("/v1/collaborations/collaboration/refusal", f"token of {UNITS[3]}") in acts
    assert {token for path, token in acts if path.startswith("/v1/cases/")} == {f"token of {UNITS[0]}"}
    assert closed == ["closed-report-0"]


async def test_nobody_of_the_demo_is_in_two_places_at_once() -> None:
    bodies: list[tuple[str, dict[str, Any]]] = []
    await _lived(40, bodies=bodies)
    visits = sorted((token, body["at"], body["until"]) for token, body in bodies if body.get("kind") == "visit")
    assert len(visits) > 20
    for (token, _, until), (other, at, _) in pairwise(visits):
        assert token != other or until <= at
    now = datetime.now(UTC)
    assert all(now - timedelta(days=1) < datetime.fromisoformat(at) < now for _, at, _ in visits), (
        "none is entered late"
    )


async def test_the_demo_plans_a_visit_that_another_unit_will_be_at() -> None:
    acts, _ = await _lived(9)
    assert ("/v1/cases/accepted-2/joint-visits", f"token of {UNITS[0]}") in acts
    assert ("/v1/invitations/invitation/acceptance", f"token of {UNITS[2]}") in acts


async def test_what_network_refuses_leaves_that_case_as_it_is() -> None:
    acts, _ = await _lived(1, refuses="/closings")
    assert acts[-1][0] == "/v1/cases/accepted-0/closings"


def test_a_family_whose_case_was_closed_is_reported_again_of_something_new() -> None:
    plan = plan_day(3, 7, NOW)
    results = [
        Result(each.source, "key", each.body, 0, 0, 1, 202, {"report_id": f"r{n}"}) for n, each in enumerate(plan)
    ]
    [again] = living.reported_again(plan, results, ["gone", "r1"])
    Submission.model_validate_json(json.dumps(again.body))
    assert (again.of, again.source, subject(again)) == (1, plan[1].source, subject(plan[1]))
    assert again.body["sender_ref"] != plan[1].body["sender_ref"]
    assert again.body["event"]["occurred_at"] > plan[1].body["event"]["occurred_at"]
    assert living.reported_again(plan, results, []) == []
