"""Rosters as files: accounted for row by row, kept apart from reports, told to network once, whatever breaks."""

import asyncio
import csv
import io
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import Any

import httpx
import pytest
from contracts.rosters import Roster
from intake.rules import data
from intake.settings import Settings
from kit import mongo
from kit.sealed import KeyVault
from web.callers import digest

from tests.integration.intake_files import CSV, NDJSON, XLSX
from tests.integration.intake_process import command, served
from tests.integration.intake_running import CLOSED, Running, running
from tests.waiting import until

HEADINGS = ["名冊編號", "縣市", "鄉鎮市區", "姓名", "身分證字號", "出生日期", "電話", "負荷指標", "備註"]
SANDBOX = {"agency_id": "trial", "source_unit": "other", "key_sha256": digest("trial-key"), "sandbox": True}


def row(number: int, **changes: str) -> list[str]:
    good = [f"SA-{number:05d}", "嘉義縣", "民雄鄉", f"林小美{number}", "Q222222220", "79/03/12", "0912345678",
            "家中二人以上身心障礙、長期失業", ""]  # fmt: skip
    cells = dict(zip(HEADINGS, good, strict=True)) | changes
    return [cells[heading] for heading in HEADINGS]


def a_csv(rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADINGS, *rows])
    return out.getvalue().encode(encoding)


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def send(
    http: httpx.AsyncClient, content: bytes, type: str = CSV, roster: str = "social_assistance", agency: str = "police"
) -> httpx.Response:
    headers = {"content-type": type, "authorization": f"Bearer {agency}-key"}
    return await http.post("/v1/batches", params={"kind": "roster", "roster": roster}, content=content, headers=headers)


async def worked(http: httpx.AsyncClient, content: bytes, **how: str) -> dict[str, Any]:
    answer = await send(http, content, **how)
    assert answer.status_code == 202, answer.text
    return await done(http, answer.headers["location"], how.get("agency", "police"))


async def done(http: httpx.AsyncClient, url: str, agency: str = "police", seconds: float = 60) -> dict[str, Any]:
    shown: dict[str, Any] = {}

    async def is_done() -> bool:
        shown.update((await http.get(url, headers={"authorization": f"Bearer {agency}-key"})).json())
        assert shown["done"] == shown["accepted"] + shown["refused"] + shown["repeated"]
        return shown["state"] == "done"

    await until(is_done, seconds)
    assert shown["rows"] == shown["done"]
    return shown


def figures(shown: dict[str, Any]) -> tuple[int, int, int, int]:
    return shown["rows"], shown["accepted"], shown["refused"], shown["repeated"]


async def entries(intake: Running) -> list[dict[str, Any]]:
    return [each async for each in intake.database["roster_entries"].find()]


async def test_a_roster_is_kept_apart_sealed_and_a_visit_is_due_in_a_month(intake: Running) -> None:
    shown = await worked(intake.http, a_csv([row(n) for n in range(1, 6)], "cp950"))
    assert figures(shown) == (5, 5, 0, 0)
    assert (shown["kind"], shown["roster"]) == ("roster", "social_assistance")
    kept = await entries(intake)
    assert not any("sender_ref" in each["entry"] for each in kept)
    assert kept[0]["entry"]["indicators"] == ["disabled_members", "long_term_unemployment"]
    assert not any(text in str(kept) for text in ("林小美", "Q222222220", "0912345678", "1990", "SA-0000"))
    assert {(each["visit_due_at"] - each["received_at"]).days in (28, 29, 30, 31) for each in kept} == {True}
    assert await intake.stored() == []
    assert await intake.database["serials"].count_documents({}) == 0


async def test_the_same_file_again_changes_nothing_but_as_another_roster_it_is_another(intake: Running) -> None:
    content = a_csv([row(1), row(2)])
    first = await send(intake.http, content)
    again = await send(intake.http, content)
    assert (again.status_code, again.headers["location"]) == (200, first.headers["location"])
    await done(intake.http, first.headers["location"])
    assert figures(await worked(intake.http, content, roster="carer_support")) == (2, 2, 0, 0)
    assert len(await entries(intake)) == 4


async def test_a_mended_roster_takes_what_is_new_and_knows_what_is_not(intake: Running) -> None:
    rows = [row(1), row(2, 縣市="火星"), row(3, 姓名="", 身分證字號=""), row(4, 名冊編號="")]
    shown = await worked(intake.http, a_csv(rows))
    assert figures(shown) == (4, 2, 2, 0)
    answers = (await intake.http.get(f"/v1/batches/{shown['batch_id']}/rows")).json()["rows"]
    wrong = {each["row"]: [(e["code"], e["column"]) for e in each["errors"]] for each in answers}
    assert wrong == {1: [], 2: [("unknown_county", "縣市")], 3: [("nobody_named", "姓名")], 4: []}
    assert answers[0]["entry_id"]
    rows[1], rows[2] = row(2), row(3)
    assert figures(await worked(intake.http, a_csv(rows))) == (4, 2, 0, 2)
    assert len(await entries(intake)) == 4


async def test_a_reference_stands_for_one_entry_and_doubts_are_flagged_not_refused(intake: Running) -> None:
    rows = [row(1), row(1), row(1, 備註="搬家"), row(2, 身分證字號="A123456780", 負荷指標="很累", 電話="12")]
    shown = await worked(intake.http, a_csv(rows))
    assert figures(shown) == (4, 2, 1, 1)
    answers = (await intake.http.get(f"/v1/batches/{shown['batch_id']}/rows")).json()["rows"]
    assert [each["state"] for each in answers] == ["accepted", "repeated", "refused", "accepted"]
    assert answers[2]["errors"][0]["code"] == "conflict"
    assert {each["reason"] for each in answers[3]["flags"]} == {
        "unknown_code", "national_id_check_digit", "phone_unrecognised"}  # fmt: skip


async def test_ndjson_and_the_template_are_rosters_too(intake: Running) -> None:
    lines = [json.dumps({"county": "chiayi-county", "name": f"王{n}"}) for n in range(3)]
    assert figures(await worked(intake.http, "\n".join(lines).encode(), type=NDJSON)) == (3, 3, 0, 0)
    for format, type in (("csv", CSV), ("xlsx", XLSX)):
        template = await intake.http.get(f"/v1/batches/template.{format}", params={"kind": "roster"})
        assert "template-roster" in template.headers["content-disposition"]
        told = figures(await worked(intake.http, template.content, type=type, roster="psychiatric_care"))
        assert told in ((1, 1, 0, 0), (1, 0, 0, 1))


@pytest.mark.parametrize(
    "query", [{"kind": "roster"}, {"roster": "social_assistance"}, {"kind": "roster", "roster": "x"}, {"kind": "x"}]
)
async def test_a_roster_must_be_named_and_reports_are_none(intake: Running, query: dict[str, str]) -> None:
    answer = await intake.http.post("/v1/batches", params=query, content=a_csv([row(1)]), headers={"content-type": CSV})
    assert answer.status_code == 422
    assert await intake.database["batch_parts"].count_documents({}) == 0


async def test_a_list_that_is_taken_no_more_is_refused_in_words(
    intake: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(data("rosters")["rosters"]["dropouts"], "until", date(2026, 1, 31))
    answer = await send(intake.http, a_csv([row(1)]), roster="dropouts")
    [wrong] = answer.json()["errors"]
    assert (answer.status_code, wrong["code"], wrong["at"]) == (422, "roster_not_taken", "/query/roster")
    assert "2026-01-31" in wrong["detail"] and "social_assistance" in wrong["detail"]
    assert await intake.database["batch_parts"].count_documents({}) == 0


async def test_a_list_of_reports_is_no_roster_and_a_county_out_of_reach_is_refused(intake: Running) -> None:
    wrong = await send(intake.http, "案件類型,受理縣市\na,b\n".encode())
    assert (wrong.status_code, "kind=roster" in wrong.text) == (422, True)
    rows = [row(1), row(2, 縣市="臺南市")]
    assert figures(await worked(intake.http, a_csv(rows), agency="school")) == (2, 1, 1, 0)


async def test_an_erased_entry_cannot_be_read_nor_confirmed_by_sending_it_again(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env) as intake:
        await worked(intake.http, a_csv([row(1)]))
        (entry,) = await entries(intake)
        vault = KeyVault(intake.keys, Settings.model_validate(env).key_bytes("master_key"))
        assert (await command(env, "erase", "--entry", entry["_id"]))[0] == 2
        code, told = await command(env, "erase", "--entry", entry["_id"], "--reason", "court_order")
        assert (code, "1 data keys destroyed" in told) == (0, True)
        assert await vault.open([entry["sealed"]["roster"]], "roster") == [None]
        shown = await worked(intake.http, a_csv([row(1), row(2)]))
        assert figures(shown) == (2, 1, 1, 0)
        assert (await command(env, "erase", "--entry", "none", "--reason", "r"))[0] == 2


async def test_every_roster_has_its_unit_and_its_source(intake: Running) -> None:
    known = data("rosters")
    assert set(known["rosters"]) == set(Roster)
    assert all(each["answerable"] and each["zh"] for each in known["rosters"].values())
    assert known["visit"]["source"] == "Chiayi County deck 2023"


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_roster_survives_kills_and_every_entry_is_taken_once(settings_env: dict[str, str], seed: int) -> None:
    dice, count = random.Random(seed), 1_500
    content = a_csv([row(n, 名冊編號="" if n % 3 == 0 else f"SA-{n}", 縣市="?" if n % 50 == 0 else "嘉義縣")
                     for n in range(1, count + 1)])  # fmt: skip
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        async with httpx.AsyncClient(base_url=intake.url, timeout=60) as http:
            url = (await send(http, content)).headers["location"]
        for _ in range(3):
            await a_little(dice)
            await intake.end(signal.SIGKILL)
            await intake.start()
        async with httpx.AsyncClient(
            base_url=intake.url, timeout=60, headers={"authorization": "Bearer police-key"}
        ) as http:
            shown = await done(http, url, seconds=120)
            assert figures(shown) == (count, count - count // 50, count // 50, 0)
            answers: list[dict[str, Any]] = []
            while page := (await http.get(f"{url}/rows", params={"after": len(answers)})).json()["rows"]:
                answers += page
    accepted = [each["entry_id"] for each in answers if each["state"] == "accepted"]
    assert Counter(accepted) == Counter(await ids_stored(settings_env))


async def a_little(dice: random.Random) -> None:
    await asyncio.sleep(dice.uniform(0.1, 0.8))


async def ids_stored(env: dict[str, str], service: str = "intake") -> list[str]:
    connection = mongo.connect(env["mongo_url"])
    found = connection[env["database_prefix"] + service]["roster_entries"].find({}, {"_id": 1})
    ids = [each["_id"] async for each in found]
    connection.close()
    return ids
