"""One report on its way through the four services: one trace, nobody named on the way, and gone with its key."""

import asyncio
import gc
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from string import ascii_lowercase
from typing import Any

import pytest
from kit import mongo, telemetry
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.e2e.inprocess import TOKEN, Inside, every_record, inside
from tests.parts import Names, Parts
from tests.waiting import until

CANARIES = {
    "subject": "金絲雀林小美",
    "national_id": "Q222222220",
    "phone": "0912000111",
    "address": "金絲雀路一段 99 號",
    "perpetrator": "金絲雀陳大明",
    "narrative": "金絲雀在民雄看見他勒住她的脖子",
    "reporter": "金絲雀王警員",
    "reporter_phone": "052269999",
    "sender_ref": "A11-0933000333",
    "kind": "金絲雀之鄰居",
    "sign": "金絲雀0922000222",
    "need": "金絲雀需照顧",
    "condition": "金絲雀憂鬱",
    "relation": "金絲雀的舅舅",
    "tool": "金絲雀量表",
    "county": "金絲雀縣",
    "township": "金絲雀鄉",
    "village": "金絲雀家",
}
"""What a report says of people, also where codes, places and numbers of a register are asked for."""


def report(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "case_type": "adult_protection",
        "county": "chiayi-county",
        "sender_ref": f"{CANARIES['sender_ref']}-{now.timestamp()}",
        "known_at": (now - timedelta(minutes=30)).isoformat(),
        "event": {
            "occurred_at": (now - timedelta(hours=1)).isoformat(),
            "place": {"county": "chiayi-county", "township": "民雄鄉", "address": CANARIES["address"]},
            "kinds": ["physical_violence"],
            "danger_signs": ["strangulation", "weapon_threat"],
            "narrative": CANARIES["narrative"],
        },
        "people": [
            {
                "role": "subject",
                "name": CANARIES["subject"],
                "national_id": CANARIES["national_id"],
                "birth_date": "1990-03-12",
                "phones": [CANARIES["phone"]],
                "residence": {"county": "chiayi-county", "township": "民雄鄉", "address": CANARIES["address"]},
            },
            {"role": "alleged_perpetrator", "name": CANARIES["perpetrator"], "relation_to_subject": "spouse"},
        ],
        "assessments": [{"tool": "tipvda", "score": 9}],
        "reporter": {"name": CANARIES["reporter"], "phone": CANARIES["reporter_phone"], "mandated": True},
    } | changes


def unlisted() -> dict[str, Any]:
    """A report with something personal in every field that has a list."""
    told = report(needs=[CANARIES["need"]], assessments=[{"tool": CANARIES["tool"], "score": 9}])
    told["event"]["kinds"].append(CANARIES["kind"])
    told["event"]["danger_signs"].append(CANARIES["sign"])
    told["event"]["place"] = {each: CANARIES[each] for each in ("county", "township", "village")}
    told["people"][0] |= {"conditions": [CANARIES["condition"]], "name": CANARIES["perpetrator"], "national_id": None}
    told["people"][0]["residence"] |= {each: CANARIES[each] for each in ("township", "village")}
    told["people"][1]["relation_to_subject"] = CANARIES["relation"]
    return told


@pytest.fixture
async def services(settings_env: dict[str, str], spans: InMemorySpanExporter) -> AsyncIterator[Inside]:
    telemetry.install_logs("test")
    async with inside(settings_env) as running:
        yield running


async def taken(services: Inside, body: dict[str, Any]) -> str:
    answer = await services.post(body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["report_id"])


RE_REPORT = (("protection", "re_report"), ("window", "re_report_in_service"))
ON_THE_WAY = {"POST /v1/reports", "dispatch report.received", "network decision.made", "notify case.opened"}


def names_in_trace(spans: InMemorySpanExporter) -> set[str]:
    """The names of the ended spans that share the trace of the POST."""
    ended = spans.get_finished_spans()
    traces = {span.context.trace_id for span in ended if span.name == "POST /v1/reports"}
    return {span.name for span in ended if {span.context.trace_id} == traces}


async def test_one_trace_runs_from_the_post_to_the_line_push(services: Inside, spans: InMemorySpanExporter) -> None:
    await services.told(await taken(services, report()))
    for _ in range(100):  # a span is there when its work has ended, which may be after what it brought about
        names = names_in_trace(spans)
        if names >= ON_THE_WAY and any(name.lower().startswith("line") for name in names):
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"the trace holds {sorted(names)} of {sorted({span.name for span in spans.get_finished_spans()})}")


async def test_a_report_is_decided_opens_a_case_and_is_told_and_accepted_by_name(services: Inside) -> None:
    id = await taken(services, report())
    deliveries = await services.told(id)
    decision = await services.get("dispatch", f"/v1/decisions/{id}")
    assert (decision["outcome"], decision["unit"]) == ("protection", "chiayi-county/protection")
    case = await services.case_of(id)
    assert case["lead"]["unit"] == "chiayi-county/protection"
    assert "chiayi-county/protection" in {delivery["unit"] for delivery in deliveries}


async def test_a_re_report_in_service_reaches_worker_and_supervisor_and_waits_for_a_named_answer(
    services: Inside,
) -> None:
    first, before = report(), report()
    await services.told(await taken(services, first))
    before["event"]["occurred_at"] = (datetime.now(UTC) - timedelta(days=9)).isoformat()
    id = await taken(services, before)
    told = {(each["unit"], each["template"], each["state"]) for each in await services.told(id)}
    assert {(f"chiayi-county/{unit}", template, "sent") for unit, template in RE_REPORT} <= told
    case = await services.case_of(id)
    assert [each["state"] for each in case["tasks"] if (each["what"], each["report_id"]) == ("unit.accept", id)] == [
        "open"
    ]
    assert (await services.get("dispatch", f"/v1/decisions/{id}"))["stage"] == "waiting"


async def test_no_name_number_or_address_leaves_the_seals(
    services: Inside, spans: InMemorySpanExporter, parts: Parts, names: Names, capfd: pytest.CaptureFixture[str]
) -> None:
    await services.told(await taken(services, report()))
    second = await taken(services, unlisted())
    await until(lambda: services.get("dispatch", f"/v1/decisions/{second}"))
    wrong = report(
        case_type="nonsense", people=[{"role": "subject", "name": CANARIES["subject"], "extra": CANARIES["phone"]}]
    )
    refused = await services.post(wrong)
    assert refused.status_code == 422
    await asyncio.sleep(0.5)
    shown = (await services.http["line"].get("/_standin/messages")).text
    metrics = "".join([(await client.get("/metrics")).text for name, client in services.http.items() if name != "line"])
    places = {
        "problem": refused.text,
        "LINE": json.dumps(json.loads(shown), ensure_ascii=False),
        "metrics": metrics,
        "spans": "".join(span.to_json() for span in spans.get_finished_spans()),
        "logs": "".join(capfd.readouterr()),
    }
    for topic, record in await every_record(parts.kafka, names.topics):
        places[topic] = places.get(topic, "") + record.decode("utf-8", "replace")
    for name, text in await _databases(parts.mongo, names.databases):
        places[name] = text
    assert "dispatch report.received" in places["spans"]
    found = [(where, what) for where, text in places.items() for what, value in CANARIES.items() if _says(text, value)]
    assert found == []


def _says(text: str, value: str) -> bool:
    return value in text or value in text.encode().decode("unicode_escape", "ignore") or json.dumps(value)[1:-1] in text


async def _databases(url: str, prefix: str) -> list[tuple[str, str]]:
    client = mongo.connect(url)
    found = []
    for database in await client.list_database_names():
        if database.startswith(prefix):
            for collection in await client[database].list_collection_names():
                documents = [str(document) async for document in client[database][collection].find()]
                found.append((f"{database}.{collection}", "".join(documents)))
    client.close()
    return found


async def test_when_its_key_is_destroyed_no_service_can_read_the_person_nor_has_them_in_memory(
    services: Inside, parts: Parts, names: Names, settings_env: dict[str, str]
) -> None:
    import base64

    from kit.sealed import KeyVault

    # Written backwards, so as not to be found; in letters alone, as words of names are.
    back = ["".join(secrets.choice(ascii_lowercase) for _ in range(12)) + end for end in ("", "美小林")]
    posted = report()
    posted["people"][0]["name"], posted["people"][1]["name"] = (each[::-1] for each in back)
    id = await taken(services, posted)
    await services.told(id)
    posted.clear()
    client = mongo.connect(parts.mongo)
    keys = mongo.database(client, names.databases + "keyvault")["keys"]
    vault = KeyVault(keys, base64.b64decode(settings_env["master_key"]))
    tokens = await _tokens(parts, names)
    assert tokens
    assert None not in await vault.open(tokens)
    assert await vault.destroy(id) == 3
    assert await vault.open(tokens) == [None] * len(tokens)
    for service, path in [("dispatch", f"/v1/decisions/{id}"), ("network", f"/v1/cases?report_id={id}")]:
        answer = await services.http[service].get(path, headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert not [value for value in CANARIES.values() if value in answer.text]
    client.close()
    assert held(back) == []


def held(back: list[str]) -> list[str]:
    """The kinds of objects that hold a text in which any of these is, written backwards."""
    gc.collect()
    texts = [each[::-1] for each in back]
    sought = {str: texts, bytes: (raw := [each.encode() for each in texts]), bytearray: raw}
    mine = {id(each) for each in (*texts, *raw)}
    return [
        type(holder).__name__
        for holder in gc.get_objects()
        for text in _held_by(holder)
        if id(text) not in mine and any(each in text for each in sought.get(type(text), ()))
    ]


def _held_by(holder: object) -> Iterator[object]:
    """What an object holds, and what is in those of its dictionaries and tuples that the collector does not list."""
    for each in gc.get_referents(holder):
        yield each
        if type(each) in (dict, tuple) and not gc.is_tracked(each):
            yield from gc.get_referents(each)


async def _tokens(parts: Parts, names: Names) -> list[Any]:
    """Every token of scope `report` that any topic or database of this installation holds."""
    import re

    text = "".join(record.decode("utf-8", "replace") for _, record in await every_record(parts.kafka, names.topics))
    text += "".join(stored for _, stored in await _databases(parts.mongo, names.databases))
    return sorted(set(re.findall(r"\breport['\"]: ?['\"]([0-9a-f]{24}\.[A-Za-z0-9_=-]+)['\"]", text)))


NEWBORN = {"role": "subject", "name": "新生兒", "birth_date": "2026-11-18", "phones": ["05-2765041"]}
CHILD = {"role": "subject", "name": "金絲雀子晴", "national_id": "A229073419", "birth_date": "2015-03-12"}
SIBLING = CHILD | {"name": "金絲雀品睿", "birth_date": "2018-07-01"}
SAMPLE = {"role": "subject", "name": "金絲雀志明", "national_id": "A123456789", "birth_date": "1971-02-03"}
ADULT = {"role": "subject", "name": "金絲雀怡君", "birth_date": "1988-05-06"}


def cared_for(by: str) -> list[dict[str, Any]]:
    return [NEWBORN, {"role": "caregiver", "national_id": by}]


async def test_only_who_is_one_person_makes_a_duplicate_on_the_whole_way(services: Inside) -> None:
    now, here = datetime.now(UTC), {"county": "chiayi-county", "township": "民雄鄉"}

    async def outcome(people: list[dict[str, Any]], place: dict[str, Any] = here) -> tuple[str, str | None]:
        event = {"occurred_at": now.isoformat(), "place": place, "kinds": ["physical_violence"]}
        id = await taken(services, report(people=people, event=event, known_at=now.isoformat(), assessments=[]))
        decision = await until(lambda: services.get("dispatch", f"/v1/decisions/{id}"))
        return decision["outcome"], decision.get("unit")

    for one, other in (
        (cared_for("A128394702"), cared_for("B120561837")),
        ([CHILD], [SIBLING]),
        ([SAMPLE], [SAMPLE | {"name": "金絲雀俊傑", "birth_date": "1990-10-11"}]),
    ):
        assert "duplicate" not in [(await outcome(people))[0] for people in (one, other)]
    assert (await outcome([ADULT]))[0] != "duplicate"
    assert await outcome([ADULT], here | {"township": "嘉縣民雄"}) == ("duplicate", None)
