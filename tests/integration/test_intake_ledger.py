"""An agency's ledger on the real database: gaps at once, each day's equation, and what a month can teach."""

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.decisions import Outcome
from contracts.reports import SourceUnit, Submission
from contracts.topics import DECISIONS
from intake.arrivals import Sealing, arrival
from intake.domain import gaps as domain_gaps
from intake.domain.agency import Agency
from intake.handlers import Accepted, Feedback, came_again
from intake.ledger import accounts
from intake.ledger.accounts import Accounts
from intake.ledger.numbers import Following
from intake.ledger.store import Ledger
from intake.ledger.watching import GAPS, OVERDUE, Watching
from intake.settings import Settings
from intake.store import Reports
from kit import mongo
from kit.sealed import KeyVault
from web.callers import digest

from tests.integration.intake_feedback import COUNTY, accepted, decided, improper, received, reviewed, send
from tests.integration.intake_running import CANARIES, CLOSED, Running, a_report, amend, running, tells_nobody
from tests.parts import Names, Parts
from tests.waiting import until

OPS = {"name": "ops", "role": "administrator", "counties": ["*"], "token_sha256": digest("ops-token")}


@pytest.fixture
def env(settings_env: dict[str, str]) -> dict[str, str]:
    return settings_env | {"kafka_bootstrap": CLOSED, "callers": json.dumps([OPS])}


@pytest.fixture
async def intake(env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(env) as intake:
        yield intake


async def numbered(intake: Running, number: int, agency: str = "police") -> dict[str, Any]:
    answer = await intake.post(a_report(sequence=number, sender_ref=f"A-{number}"), agency=agency)
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def asked(intake: Running, path: str, agency: str = "police", **headers: str) -> dict[str, Any]:
    sent = {"authorization": f"Bearer {agency}-key"} | headers
    answer = await intake.http.get(f"/v1/agencies/me/{path}", headers=sent)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


async def gaps(intake: Running, agency: str = "police") -> list[tuple[int, int]]:
    return [(each["from"], each["to"]) for each in (await asked(intake, "gaps", agency))["gaps"]]


# --- gaps ------------------------------------------------------------------------------------------------------------


async def test_the_receipt_says_which_numbers_are_missing_now(intake: Running) -> None:
    assert "gap" not in await numbered(intake, 7)
    assert "gap" not in await numbered(intake, 8)
    shown = await numbered(intake, 12)
    assert shown["gap"] == {"from": 9, "to": 11}
    assert (await numbered(intake, 12)) == shown
    assert "gap" not in await numbered(intake, 10)
    assert await gaps(intake) == [(9, 9), (11, 11)]
    assert await gaps(intake, "hospital") == []
    address = f"/v1/reports/{shown['report_id']}"
    assert (await intake.http.get(address)).json()["gap"] == {"from": 9, "to": 11}
    assert "9–11" in (await intake.http.get(f"{address}/receipt", headers={"accept": "text/html"})).text


async def test_a_list_with_as_many_gaps_as_are_kept_says_that_there_may_be_older_ones(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (domain_gaps, accounts):
        monkeypatch.setattr(module, "MOST", 2)
    for number in (1, 3, 5):
        await numbered(intake, number)
    assert (await asked(intake, "gaps"))["complete"] is False
    await numbered(intake, 2)
    told = await asked(intake, "gaps")
    assert ([each["from"] for each in told["gaps"]], told["complete"]) == ([4], True)


async def test_the_event_of_a_report_says_nothing_of_gaps(intake: Running) -> None:
    for number in (1, 3):
        await numbered(intake, number)
    documents = await intake.stored()
    assert [b'"gap"' in document["outbox"][0]["data"] for document in documents] == [False, False]


async def test_late_reports_close_their_gap(intake: Running) -> None:
    for number in (1, 5):
        await numbered(intake, number)
    assert await gaps(intake) == [(2, 4)]
    for number, left in ((3, [(2, 2), (4, 4)]), (2, [(4, 4)]), (4, [])):
        await numbered(intake, number)
        assert sorted(await gaps(intake)) == left


async def test_a_second_process_and_one_that_starts_anew_see_the_same_gap(env: dict[str, str]) -> None:
    async with running(env) as first, running(env) as second:
        await numbered(first, 1)
        await numbered(second, 2)
        await numbered(second, 3)
        assert "gap" not in await numbered(first, 4)
        assert (await numbered(second, 6))["gap"] == {"from": 5, "to": 5}
        assert (await numbered(first, 8))["gap"] == {"from": 7, "to": 7}
    async with running(env) as anew:
        assert "gap" not in await numbered(anew, 9)
        assert (await numbered(anew, 11))["gap"] == {"from": 10, "to": 10}
        assert sorted(await gaps(anew)) == [(5, 5), (7, 7), (10, 10)]


async def test_numbers_in_order_are_judged_without_asking_the_database(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await numbered(intake, 1)

    async def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Ledger, "highest", never)
    for number in (2, 3, 3, 1):
        await numbered(intake, number)


async def test_a_report_that_was_refused_leaves_its_number_missing(intake: Running) -> None:
    await numbered(intake, 1)
    first = await intake.post(a_report(sender_ref="B", sequence=None), key="one")
    assert first.status_code == 202
    answers = await asyncio.gather(
        intake.post(a_report(sequence=2, sender_ref="other"), key="one"), numbered(intake, 3)
    )
    assert answers[0].status_code == 409
    assert await gaps(intake) == [(2, 2)]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_order_many_arrive_in_only_what_never_came_is_a_gap(env: dict[str, str], seed: int) -> None:
    dice = random.Random(seed)
    numbers = [number for number in range(1, 121) if number == 1 or dice.random() < 0.85]
    async with running(env) as first, running(env) as second:
        await numbered(first, 1)
        sent = [*numbers[1:], *dice.sample(numbers, 10)]
        dice.shuffle(sent)
        asking = [gaps(dice.choice((first, second))) for _ in range(5)]
        await asyncio.gather(*(numbered(dice.choice((first, second)), each) for each in sent), *asking)
        named = {number for begin, end in await gaps(second) for number in range(begin, end + 1)}
        assert named == set(range(1, max(numbers))) - set(numbers)


async def test_a_gap_is_open_once_reports_have_had_time_to_overtake_one_another(
    env: dict[str, str],
) -> None:
    async with running(env, gap_seconds=300) as intake:
        for number in (1, 3):
            await numbered(intake, number)
        (young,) = (await asked(intake, "gaps"))["gaps"]
        assert (young["count"], young["open"]) == (1, False)
        ledger = Ledger(intake.database)
        following = Following(ledger)
        accounts = Accounts(ledger, following, intake.app.state.parts.refs, settle=300)
        later = datetime.now(UTC) + timedelta(seconds=301)
        assert [each.open for each in (await accounts.gaps("police", later)).gaps] == [True]
        watching = Watching(ledger, following, accounts, every=60)
        for at, shown in ((datetime.now(UTC), 0), (later, 1), (later + timedelta(days=3), 0)):
            await watching.look(at)
            assert GAPS._value.get() == shown


async def test_gaps_stand_in_the_reconciliation(intake: Running) -> None:
    for number in (1, 2, 5):
        await numbered(intake, number)
    day = (await intake.stored())[0]["day"]
    told = await intake.http.post("/v1/reconciliations", json={"day": day, "sender_refs": ["A-1", "A-2", "A-5"]})
    assert told.json()["gaps"] == [{"first": 3, "last": 4}]
    await numbered(intake, 3)
    told = await intake.http.post("/v1/reconciliations", json={"day": day, "sender_refs": ["A-1"]})
    assert told.json()["gaps"] == [{"first": 4, "last": 4}]


# --- days ------------------------------------------------------------------------------------------------------------


async def take(intake: Running, *events: Any) -> None:
    await Feedback(Reports(intake.database), lambda _: None, tells_nobody).on_events(received(*events))


async def test_a_days_equation_holds_whatever_happened_to_each_report(intake: Running) -> None:
    ids = [(await numbered(intake, number))["report_id"] for number in (1, 2, 3, 4, 7)]
    await numbered(intake, 1)
    oral = (await intake.post(a_report(oral=True, sequence=None))).json()["report_id"]
    await take(
        intake,
        reviewed(ids[0]),
        decided(ids[1], Outcome.DUPLICATE),
        decided(ids[2], Outcome.PROTECTION, unit=f"{COUNTY}/protection"),
        decided(ids[3], Outcome.WELFARE_CENTRE, unit=f"{COUNTY}/welfare_centre.puzi"),
        accepted(ids[2]),
    )
    await intake.post(agency="hospital")
    (day,) = (await asked(intake, "days"))["days"]
    assert {name: value for name, value in day.items() if name != "day"} == {
        "received": 6, "open": 3, "decided": {"duplicate": 1, "protection": 1, "welfare_centre": 1}, "dispatched": 2,
        "accepted": 1, "repeated": 1, "missing": 2, "written_due": 1, "written_overdue": 0,
    }  # fmt: skip
    await amend(intake, oral, {"reason": "書面", "oral": False})
    (day,) = (await asked(intake, "days"))["days"]
    assert day["written_due"] == 0


async def test_an_overdue_written_form_is_seen_by_the_sender_and_by_operators(intake: Running) -> None:
    await intake.post(a_report(oral=True))
    ledger = Ledger(intake.database)
    accounts = Accounts(ledger, Following(ledger), intake.app.state.parts.refs, settle=300)
    late, month = datetime.now(UTC) + timedelta(hours=25), (await intake.stored())[0]["day"][:7]
    (day,) = (await accounts.days("police", month, late)).days
    assert (day.written_due, day.written_overdue) == (1, 1)
    watching = Watching(ledger, Following(ledger), accounts, every=60)
    for at, count in ((datetime.now(UTC), 0), (late, 1)):
        await watching.look(at)
        assert OVERDUE._value.get() == count


async def test_each_report_that_came_again_is_counted_on_its_day(intake: Running) -> None:
    ledger = Ledger(intake.database)
    await numbered(intake, 1)
    day = (await intake.stored())[0]["day"]
    assert await ledger.repeats("police", [day]) == {}
    await asyncio.gather(*(numbered(intake, 1) for _ in range(3)))
    assert await ledger.repeats("police", [day]) == {day: 3}


@pytest.mark.parametrize(("origin", "again"), [(None, True), ("file:7", True), ("file:8", False)])
def test_a_row_that_was_taken_before_a_crash_did_not_come_again(origin: str | None, again: bool) -> None:
    submission = Submission.model_validate(a_report())
    key = base64.b64encode(bytes(32)).decode()
    told = Settings.model_validate({"master_key": key, "blind_index_key": key})
    agency = Agency("police", SourceUnit.POLICE, frozenset("*"))
    sealing = Sealing(KeyVault.of(mongo.connect(told.mongo_url), told), bytes(32))
    row = arrival(sealing, agency, submission, None, datetime.now(UTC), origin="file:8")
    assert came_again(row, Accepted({}, repeated=True, origin=origin)) is again


async def test_an_administrator_sees_any_agencys_days_and_an_agency_only_its_own(intake: Running) -> None:
    await numbered(intake, 1)
    ops = {"authorization": "Bearer ops-token"}
    told = (await intake.http.get("/v1/agencies/police/days", headers=ops)).json()
    assert [each["received"] for each in told["days"]] == [1]
    assert (await intake.http.get("/v1/agencies/nobody/days", headers=ops)).status_code == 404
    assert (await intake.http.get("/v1/agencies/police/days")).status_code == 401
    assert (await asked(intake, "days", "hospital"))["days"] == []
    other = await intake.http.get("/v1/agencies/me/days?month=2025-01")
    assert other.json()["days"] == []
    assert (await intake.http.get("/v1/agencies/me/days?month=2025-13")).status_code == 422


# --- teaching --------------------------------------------------------------------------------------------------------


async def test_a_month_teaches_by_field_and_code(intake: Running) -> None:
    people = a_report()["people"]
    people[0]["phones"] = ["12", "34"]
    people[0]["national_id"] = "Q222222221"
    id = (await intake.post(a_report(people=people, sender_ref="A-1"))).json()["report_id"]
    await intake.post(a_report(needs=["no_such_need"], sender_ref="A-2"))
    await intake.post(a_report())
    await intake.post(a_report(needs=["no_such_need"]), agency="hospital")
    found = received(improper(id, ("/event/place", "missing"), ("/event/narrative", "too_short")))
    for _ in range(2):
        await Feedback(Reports(intake.database), lambda _: None, tells_nobody).on_events(found)
    await take(intake, improper(id, ("/needs", "wrong"), agency="hospital"))
    sheet = await asked(intake, "teaching", **{"accept-language": "zh-TW"})
    assert (sheet["reports"], sheet["noted"]) == (3, 2)
    lines = {(each["at"], each["code"]): each for each in sheet["lessons"]}
    assert {key: (each["reports"], each["times"], each["by_officer"]) for key, each in lines.items()} == {
        ("/people/*/phones/*", "phone_unrecognised"): (1, 2, False),
        ("/people/*/national_id", "national_id_check_digit"): (1, 1, False),
        ("/needs/*", "unknown_code"): (1, 1, False),
        ("/event/place", "missing"): (1, 1, True),
        ("/event/narrative", "too_short"): (1, 1, True),
    }
    assert lines["/event/place", "missing"]["field"] == "發生地點"
    assert lines["/needs/*", "unknown_code"]["examples"] == ["A-2"]
    assert not [canary for canary in CANARIES if canary in json.dumps(sheet, ensure_ascii=False)]


async def test_the_sheet_is_a_spreadsheet_too(intake: Running) -> None:
    await intake.post(a_report(needs=["no_such_need"], sender_ref="A-2"))
    headers = {"accept": "text/csv", "accept-language": "en"}
    answer = await intake.http.get("/v1/agencies/me/teaching", headers=headers)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Field,At,Shortcoming")
    assert row.startswith("Needs,/needs/*,")
    assert row.endswith("A-2")


async def test_a_reports_shortcomings_come_from_kafka(settings_env: dict[str, str], parts: Parts, names: Names) -> None:
    async with running(settings_env) as intake:
        id = (await intake.post(a_report(sender_ref="A-1"))).json()["report_id"]
        await send(parts, names, DECISIONS, improper(id, ("/event/place", "missing")))

        async def taught() -> list[Any]:
            return [each["examples"] for each in (await asked(intake, "teaching"))["lessons"]]

        await until(taught)
        assert await taught() == [["A-1"]]


async def test_the_indexes_serve_the_ledgers_questions(intake: Running) -> None:
    questions = [
        {"agency_id": "police", "report.sequence": {"$gt": 7}},
        {"agency_id": "police", "report.sequence": {"$gte": 3, "$lte": 7}},
        {"written_due_at": {"$lt": datetime.now(UTC), "$gte": datetime.now(UTC) - timedelta(days=30)}},
        {"agency_id": "police", "day": {"$in": ["2026-11-22"]}},
    ]
    for question in questions:
        plan = await intake.database.command(
            "explain", {"find": "reports", "filter": question}, verbosity="queryPlanner"
        )
        assert "COLLSCAN" not in json.dumps(plan["queryPlanner"], default=str), question
