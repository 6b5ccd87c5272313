"""Every kind of wrong report gets a problem that says how to mend it, and nothing is stored."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.intake_running import CLOSED, Running, a_report, running

CANARY = "王大衛"
LATER = (datetime.now(UTC) + timedelta(hours=1)).isoformat()


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


def event(**changes: Any) -> dict[str, Any]:
    return {"event": {"kinds": ["neglect"], "narrative": CANARY} | changes}


def subject(**changes: Any) -> dict[str, Any]:
    return {"people": [{"role": "subject", "name": CANARY} | changes]}


FIELDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("case type missing", {"case_type": ...}, "/case_type", "missing"),
    ("case type unknown", {"case_type": CANARY}, "/case_type", "not_in_list"),
    ("case type null", {"case_type": None}, "/case_type", "not_in_list"),
    ("county missing", {"county": ...}, "/county", "missing"),
    ("county unknown", {"county": "atlantis-county"}, "/county", "unknown_county"),
    ("county in Chinese", {"county": "嘉義縣"}, "/county", "unknown_county"),
    ("county a number", {"county": 5}, "/county", "not_a_text"),
    ("county empty", {"county": ""}, "/county", "too_short"),
    ("people missing", {"people": ...}, "/people", "missing"),
    ("people empty", {"people": []}, "/people", "too_few"),
    ("people an object", {"people": {CANARY: 1}}, "/people", "not_a_list"),
    ("a person a text", {"people": [CANARY]}, "/people/0", "not_an_object"),
    ("no subject", {"people": [{"role": "witness", "name": CANARY}]}, "/people", "no_subject"),
    ("role missing", {"people": [{"name": CANARY}]}, "/people/0/role", "missing"),
    ("role unknown", subject(role="boss"), "/people/0/role", "not_in_list"),
    ("51 people", {"people": [{"role": "subject"}] * 51}, "/people", "too_many"),
    ("name too long", subject(name="王" * 201), "/people/0/name", "too_long"),
    ("name a list", subject(name=[CANARY]), "/people/0/name", "not_a_text"),
    ("sex unknown code", subject(sex="F"), "/people/0/sex", "not_in_list"),
    ("phones a text", subject(phones="0912345678"), "/people/0/phones", "not_a_list"),
    ("phone a number", subject(phones=[912345678]), "/people/0/phones/0", "not_a_text"),
    ("11 phones", subject(phones=["0912345678"] * 11), "/people/0/phones", "too_many"),
    ("birth date a number", subject(birth_date=790312), "/people/0/birth_date", "not_a_date"),
    ("birth date of no calendar", subject(birth_date="1990-02-30"), "/people/0/birth_date", "not_a_date"),
    ("ROC date out of range", subject(birth_date="0791332"), "/people/0/birth_date", "not_a_date"),
    ("birth date American", subject(birth_date="03/12/1990"), "/people/0/birth_date", "not_a_date"),
    ("birth date before 1900", subject(birth_date="1899-12-31"), "/people/0/birth_date", "not_a_date"),
    ("birth date in the future", subject(birth_date="2090-01-01"), "/people/0/birth_date", "in_future"),
    ("ROC birth date in the future", subject(birth_date="1790312"), "/people/0/birth_date", "in_future"),
    ("unknown field of a person", subject(nickname=CANARY), "/people/0/nickname", "unknown_field"),
    ("a person's name as a field", subject(**{CANARY: 1}), "/people/0/?", "unknown_field"),
    ("unknown field", {"source_unit": "police"}, "/source_unit", "unknown_field"),
    ("nothing happened", {"event": {}}, "/event", "nothing_happened"),
    ("a blank narrative", event(kinds=[], narrative="  "), "/event", "nothing_happened"),
    ("event a list", {"event": []}, "/event", "not_an_object"),
    ("narrative too long", event(narrative="很" * 20_001), "/event/narrative", "too_long"),
    ("kinds a text", event(kinds="neglect"), "/event/kinds", "not_a_list"),
    ("65 danger signs", event(danger_signs=["weapon_threat"] * 65), "/event/danger_signs", "too_many"),
    ("a kind empty", event(kinds=[""]), "/event/kinds/0", "too_short"),
    ("occurred in the future", event(occurred_at=LATER), "/event/occurred_at", "in_future"),
    ("occurred before 1900", event(occurred_at="0115-11-20T21:00:00+08:00"), "/event/occurred_at", "too_early"),
    ("occurred without a zone", event(occurred_at="2026-11-20T21:00:00"), "/event/occurred_at", "no_time_zone"),
    ("known in the future", {"known_at": LATER}, "/known_at", "in_future"),
    ("known at a bare day", {"known_at": "2026-11-20"}, "/known_at", "no_time_of_day"),
    ("known at a number", {"known_at": 1_795_000_000}, "/known_at", "bare_number"),
    ("known in month 13", {"known_at": "2026-13-20T21:00:00+08:00"}, "/known_at", "not_a_time"),
    ("reference with a space", {"sender_ref": "A 1"}, "/sender_ref", "malformed"),
    ("reference too long", {"sender_ref": "A" * 129}, "/sender_ref", "too_long"),
    ("sequence a text", {"sequence": "1042"}, "/sequence", "not_a_whole_number"),
    ("sequence negative", {"sequence": -1}, "/sequence", "out_of_range"),
    ("sequence enormous", {"sequence": 2**60}, "/sequence", "out_of_range"),
    ("sequence with a fraction", {"sequence": 1.5}, "/sequence", "not_a_whole_number"),
    ("score true", {"assessments": [{"tool": "tipvda", "score": True}]}, "/assessments/0/score", "not_a_whole_number"),
    ("score 101", {"assessments": [{"tool": "tipvda", "score": 101}]}, "/assessments/0/score", "out_of_range"),
    ("tool missing", {"assessments": [{"score": 1}]}, "/assessments/0/tool", "missing"),
    ("reporter a text", {"reporter": CANARY}, "/reporter", "not_an_object"),
    ("mandated a text", {"reporter": {"mandated": "yes"}}, "/reporter/mandated", "not_true_or_false"),
    ("a place a text", event(place=CANARY), "/event/place", "not_an_object"),
    ("township too long", event(place={"township": "鄉" * 41}), "/event/place/township", "too_long"),
]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-TW"])
async def test_a_wrong_field_is_named_with_how_to_mend_it(intake: Running, language: str) -> None:
    for what, changes, at, code in FIELDS:
        report = {name: value for name, value in a_report(**changes).items() if value is not ...}
        answer = await intake.post(report, **{"accept-language": language})
        assert answer.status_code == 422, what
        entries = {
            (entry["at"], entry["code"]): entry["detail"] for entry in must_be_problem(answer, language)["errors"]
        }
        assert (at, code) in entries, (what, entries)
        assert all(entries.values()), what
        assert any("一" <= sign <= "鿿" for sign in entries[at, code]) == (language == "zh-TW"), (what, entries)
        assert CANARY not in answer.text, what
    assert await intake.stored() == []
    assert await intake.keys.count_documents({}) == 0


TOGETHER: list[tuple[str, dict[str, Any], set[tuple[str, str]]]] = [
    ("nothing", {},
     {("/case_type", "missing"), ("/county", "missing"), ("/event", "nothing_happened"), ("/people", "missing")}),
    ("what does not validate and what cannot be true",
     {"case_type": CANARY, "county": "atlantis-county", "known_at": LATER, "people": [{"role": "witness"}],
      "event": {"kinds": ["neglect"], "occurred_at": LATER}},
     {("/case_type", "not_in_list"), ("/county", "unknown_county"), ("/known_at", "in_future"),
      ("/people", "no_subject"), ("/event/occurred_at", "in_future")}),
    ("an unknown field and a birth date to come",
     a_report(**subject(birth_date="2090-01-01")) | {"source_unit": "police"},
     {("/source_unit", "unknown_field"), ("/people/0/birth_date", "in_future")}),
    ("deep in a list", a_report(**subject(phones=[""], residence={"county": ""})),
     {("/people/0/phones/0", "too_short"), ("/people/0/residence/county", "too_short")}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "report", "wrong"), TOGETHER, ids=[row[0] for row in TOGETHER])
async def test_everything_that_is_wrong_is_named_at_once_and_nothing_else(
    intake: Running, what: str, report: dict[str, Any], wrong: set[tuple[str, str]]
) -> None:
    answer = await intake.post(json.dumps(report).encode())
    assert answer.status_code == 422
    assert {(entry["at"], entry["code"]) for entry in answer.json()["errors"]} == wrong


async def test_a_byte_order_mark_is_passed_over(intake: Running) -> None:
    answer = await intake.post(b"\xef\xbb\xbf" + json.dumps(a_report()).encode())
    assert answer.status_code == 202, answer.text


BODIES: list[tuple[str, bytes, dict[str, str], int]] = [
    ("empty", b"", {}, 400),
    ("not JSON", b"case_type=adult_protection", {}, 400),
    ("cut off", json.dumps(a_report()).encode()[:-20], {}, 400),
    ("single quotes", b"{'case_type': 'adult_protection'}", {}, 400),
    ("broken UTF-8", b'{"case_type": "\xff\xfe"}', {}, 400),
    ("Big5", '{"county": "嘉義縣"}'.encode("big5"), {}, 400),
    ("UTF-16", json.dumps(a_report()).encode("utf-16"), {}, 400),
    ("a lone surrogate", b'{"case_type": "\\ud800"}', {}, 400),
    ("17 levels deep", b'{"a":' * 17 + b"1" + b"}" * 17, {}, 400),
    ("100,000 levels deep", b"[" * 100_000, {}, 400),
    ("80,000 people", b'{"people": [' + b"[]," * 80_000 + b"[]]}", {}, 413),
    ("an array", b"[]", {}, 422),
    ("null", b"null", {}, 422),
    ("5 MB", b'{"narrative": "' + b"x" * 5_000_000 + b'"}', {}, 413),
    ("one byte over the limit", b" " * (256 * 1024 + 1), {}, 413),
    ("a form", b"a=b", {"content-type": "application/x-www-form-urlencoded"}, 415),
    ("XML", b"<report/>", {"content-type": "application/xml"}, 415),
    ("JSON in Big5 by its header", b"{}", {"content-type": "application/json; charset=big5"}, 415),
    ("packed", b"\x1f\x8b", {"content-encoding": "gzip"}, 415),
    ("key too long", b"{}", {"idempotency-key": "k" * 256}, 400),
    ("key with a space", b"{}", {"idempotency-key": "a b"}, 400),
    ("key empty", b"{}", {"idempotency-key": ""}, 400),
]


@pytest.mark.parametrize(("what", "body", "headers", "status"), BODIES, ids=[row[0] for row in BODIES])
async def test_a_wrong_body_is_refused(
    intake: Running, what: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await intake.post(body, **headers)
    assert answer.status_code == status, answer.text
    must_be_problem(answer, "en")
    assert await intake.stored() == []


async def test_a_large_body_is_not_read_to_its_end(intake: Running) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 50_000_000:
            read += 65_536
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    answer = await intake.http.post("/v1/reports", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert read < 20_000_000


CALLERS: list[tuple[str, dict[str, str], dict[str, Any], int]] = [
    ("nobody", {"authorization": ""}, {}, 401),
    ("Basic", {"authorization": "Basic cG9saWNlOmtleQ=="}, {}, 401),
    ("an unknown key", {"authorization": "Bearer guess"}, {}, 401),
    ("a suspended agency", {"authorization": "Bearer gone-key"}, {}, 403),
    ("another county's agency", {"authorization": "Bearer school-key"}, {"county": "tainan-city"}, 403),
]


@pytest.mark.parametrize(("who", "headers", "changes", "status"), CALLERS, ids=[row[0] for row in CALLERS])
async def test_a_caller_without_the_right_is_refused(
    intake: Running, who: str, headers: dict[str, str], changes: dict[str, Any], status: int
) -> None:
    answer = await intake.post(a_report(**changes), **headers)
    assert answer.status_code == status
    must_be_problem(answer, "en")
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert await intake.stored() == []


async def test_an_agency_that_knocks_too_often_is_told_when_to_come_again(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env, rate_limit="3/minute") as intake:
        answers = [await intake.post() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 120
        must_be_problem(answers[-1], "en")
        assert (await intake.post(agency="hospital")).status_code == 202
        assert len(await intake.stored()) == 4


KEPT: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("unknown codes", event(kinds=["curse"], danger_signs=["omen"]),
     {"/event/kinds/0": "unknown_code", "/event/danger_signs/0": "unknown_code"}),
    ("an unknown need", {"needs": ["company"]}, {"/needs/0": "unknown_code"}),
    ("an unknown tool", {"assessments": [{"tool": "dice", "score": 6}]}, {"/assessments/0/tool": "unknown_code"}),
    ("an unknown condition", subject(conditions=["tired"]), {"/people/0/conditions/0": "unknown_code"}),
    ("an unknown relation", subject(relation_to_subject="rival"), {"/people/0/relation_to_subject": "unknown_code"}),
    ("an unknown place", event(place={"county": "atlantis"}), {"/event/place/county": "unknown_place"}),
    ("a wrong check digit", subject(national_id="A123456788"), {"/people/0/national_id": "national_id_check_digit"}),
    ("a passport", subject(national_id="X1234567"), {"/people/0/national_id": "national_id_check_digit"}),
    ("a wrong phone", subject(phones=["113", "12345"]), {"/people/0/phones/1": "phone_unrecognised"}),
    ("born 1900", subject(birth_date="1900-01-01"), {"/people/0/birth_date": "date_unlikely"}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changes", "flags"), KEPT, ids=[row[0] for row in KEPT])
async def test_what_is_doubtful_is_kept_and_flagged(
    intake: Running, what: str, changes: dict[str, Any], flags: dict[str, str]
) -> None:
    answer = await intake.post(a_report(**changes))
    assert answer.status_code == 202, answer.text
    assert {flag["at"]: flag["reason"] for flag in answer.json()["flags"]} == flags
    assert len(await intake.stored()) == 1


def must_be_problem(answer: Any, language: str) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"].startswith("urn:safetynet:problem:")
    assert len(problem["detail"]) > 10 or language == "zh-TW"
    return problem


async def test_a_wrong_method_is_told_every_method_of_the_path(intake: Running) -> None:
    for path, methods in (
        ("/v1/reports", "POST"),
        ("/v1/reports/1", "GET, HEAD, PATCH"),
        ("/v1/agencies/me", "GET, HEAD"),
    ):
        answer = await intake.http.delete(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
        must_be_problem(answer, "en")
