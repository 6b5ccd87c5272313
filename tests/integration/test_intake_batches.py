"""Files of reports on the real database: every row has its answer, once, whatever breaks meanwhile."""

import asyncio
import csv
import io
import json
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from kit import mongo

from tests.awkward_files import Raw, grid, workbook
from tests.integration.intake_files import CSV, HEADINGS, NDJSON, XLSX, a_csv, an_ndjson, an_xlsx, reports, row
from tests.integration.intake_process import served
from tests.integration.intake_running import CLOSED, Running, a_report, running
from tests.serving import caller
from tests.waiting import until


@pytest.fixture
async def intake(settings_env: dict[str, str]) -> AsyncIterator[Running]:
    async with running(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        yield intake


async def send(intake: Running, content: bytes, type: str = CSV, agency: str = "police") -> httpx.Response:
    headers = {"content-type": type, "authorization": f"Bearer {agency}-key"}
    return await intake.http.post("/v1/batches", content=content, headers=headers)


async def done(http: httpx.AsyncClient, url: str, seconds: float = 60) -> dict[str, Any]:
    """The batch once it is done; its rows are accounted for at every look."""
    shown: dict[str, Any] = {}

    async def is_done() -> bool:
        shown.update((await http.get(url)).json())
        assert shown["done"] == shown["accepted"] + shown["refused"] + shown["repeated"]
        return shown["state"] == "done"

    await until(is_done, seconds)
    assert shown["rows"] == shown["done"]
    assert (await http.get(shown["rows_at"])).status_code == 200
    return shown


async def worked(intake: Running, content: bytes, type: str = CSV) -> dict[str, Any]:
    answer = await send(intake, content, type)
    assert answer.status_code == 202, answer.text
    return await done(intake.http, answer.headers["location"])


def figures(shown: dict[str, Any]) -> tuple[int, int, int, int]:
    return shown["rows"], shown["accepted"], shown["refused"], shown["repeated"]


ROWS = [row(number) for number in range(1, 8)]
FILES = [
    ("UTF-8", CSV, a_csv(ROWS, "utf-8")),
    ("UTF-8 with a mark", CSV, a_csv(ROWS, "utf-8-sig")),
    ("Big5", CSV, a_csv(ROWS, "cp950")),
    ("XLSX", XLSX, an_xlsx(ROWS)),
    ("NDJSON", NDJSON, an_ndjson(reports(7))),
]


@pytest.mark.parametrize(("what", "type", "content"), FILES, ids=[each[0] for each in FILES])
async def test_a_file_of_any_kind_becomes_reports(intake: Running, what: str, type: str, content: bytes) -> None:
    assert figures(await worked(intake, content, type)) == (7, 7, 0, 0)
    stored = await intake.stored()
    refs = await intake.app.state.parts.refs.of(stored)
    assert sorted(refs.values()) == [f"F-{n:06d}" for n in range(1, 8)]
    assert {(each["county"], each["report"]["event"]["place"]["township"]) for each in stored} == {
        ("chiayi-county", "民雄鄉")
    }


async def test_the_same_file_again_changes_nothing(intake: Running) -> None:
    first = await send(intake, a_csv(ROWS))
    again = await send(intake, a_csv(ROWS))
    assert (again.status_code, again.headers["location"]) == (200, first.headers["location"])
    await done(intake.http, first.headers["location"])
    assert (await send(intake, a_csv(ROWS))).json()["state"] == "done"
    assert len(await intake.stored()) == 7
    other = await send(intake, a_csv(ROWS), agency="hospital")
    assert other.status_code == 202


async def test_a_mended_file_takes_what_is_new_and_knows_what_is_not(intake: Running) -> None:
    rows = [row(1), row(2, 案件類型="兩人吵架"), row(3)]
    assert figures(await worked(intake, a_csv(rows))) == (3, 2, 1, 0)
    rows[1] = row(2)
    assert figures(await worked(intake, a_csv(rows))) == (3, 1, 0, 2)
    assert len(await intake.stored()) == 3


async def test_each_row_says_how_to_mend_it_and_names_its_column(intake: Running) -> None:
    rows = [
        row(1),
        row(2, 案件類型="王大衛"),
        row(3, 受理縣市="火星"),
        row(4, 案情陳述="", 暴力類型=""),
        row(5, 暴力類型="curse"),
    ]
    shown = await worked(intake, a_csv(rows))
    assert figures(shown) == (5, 2, 3, 0)
    url = f"/v1/batches/{shown['batch_id']}/rows"
    told = (await intake.http.get(url, headers={"accept-language": "zh-TW"})).json()
    states = {each["row"]: [(e["code"], e["column"]) for e in each["errors"]] for each in told["rows"]}
    assert states == {1: [], 2: [("not_in_list", "案件類型")], 3: [("unknown_county", "受理縣市")],
                      4: [("nothing_happened", None)], 5: []}  # fmt: skip
    assert all("一" <= error["detail"][0] <= "鿿" for each in told["rows"] for error in each["errors"])
    assert "王大衛" not in json.dumps(told, ensure_ascii=False)
    assert told["rows"][4]["flags"] == [{"at": "/event/kinds/0", "reason": "unknown_code"}]
    refused = (await intake.http.get(url, params={"state": "refused", "after": 2})).json()
    assert [each["row"] for each in refused["rows"]] == [3, 4]


async def test_an_awkward_workbook_is_answered_cell_by_cell_and_a_trap_harms_nobody(intake: Running) -> None:
    bomb = workbook(grid(HEADINGS, row(1)) | {"XFD1048576": 1})
    trap = await send(intake, bomb, XLSX)
    assert (trap.status_code, trap.json()["errors"][0]["code"]) == (422, "far_cell")
    assert await intake.database["batch_parts"].count_documents({}) == 0
    assert await intake.keys.count_documents({}) == 0
    table = grid(("嘉義縣通報名冊",), HEADINGS, row(1), row(2, 當事人姓名=Raw("#N/A", "e")), row(3))
    content = workbook(grid(("填表說明",)), table)
    shown = await worked(intake, content, XLSX)
    assert (figures(shown), shown["sheet"]) == ((3, 2, 1, 0), 2)
    told = (await intake.http.get(shown["rows_at"], params={"state": "refused"})).json()["rows"]
    assert [(each["row"], each["line"]) for each in told] == [(2, 4)]
    (error,) = told[0]["errors"]
    assert (error["code"], error["column"], error["cell"]) == ("cell_error", "當事人姓名", "G4")
    again = await send(intake, content, XLSX)
    assert (again.status_code, again.headers["location"]) == (200, f"/v1/batches/{shown['batch_id']}")
    assert await intake.database["batch_parts"].count_documents({}) == 0


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
async def test_a_row_that_cannot_be_read_stops_no_other(intake: Running, mark: bytes) -> None:
    lines = a_csv([row(number) for number in range(1, 6)], "utf-8").splitlines(keepends=True)
    lines[2] = lines[2].replace("嘉義縣".encode(), b"\xb9\xc5\xb8q")
    lines[4] = lines[4].replace("成人".encode(), '"成人'.encode())
    assert figures(await worked(intake, mark + b"".join(lines))) == (5, 3, 2, 0)


async def test_a_file_without_references_is_known_row_by_row(intake: Running) -> None:
    content = an_ndjson([a_report(), a_report()])
    assert figures(await worked(intake, content, NDJSON)) == (2, 2, 0, 0)
    assert (await send(intake, content, NDJSON)).status_code == 200
    assert len(await intake.stored()) == 2


WRONG = [
    ("no heading known", CSV, "姓名,電話\n王大衛,0912345678\n".encode(), 422),
    ("one heading unknown", CSV, "案件類型,王大衛\na,b\n".encode(), 422),
    ("empty", CSV, b"", 422),
    ("no workbook", XLSX, b"PK\x03\x04nothing", 422),
    ("another type", "application/pdf", b"%PDF", 415),
]


@pytest.mark.parametrize(("what", "type", "content", "status"), WRONG, ids=[each[0] for each in WRONG])
async def test_a_file_that_says_nothing_is_refused_whole_and_leaves_nothing(
    intake: Running, what: str, type: str, content: bytes, status: int
) -> None:
    answer = await send(intake, content, type)
    assert answer.status_code == status, answer.text
    assert "王大衛" not in answer.text
    assert await intake.database["batch_parts"].count_documents({}) == 0
    assert await intake.keys.count_documents({}) == 0


async def test_a_file_lies_sealed_and_is_gone_when_it_is_done(settings_env: dict[str, str]) -> None:
    env = settings_env | {"kafka_bootstrap": CLOSED}
    async with running(env) as intake:
        shown = await worked(intake, a_csv(ROWS))
        assert await intake.database["batch_parts"].count_documents({}) == 0
        assert await intake.keys.count_documents({"scope": "batch"}) == 0
        kept = [each async for each in intake.database["batch_rows"].find()]
        assert "林小美" not in str(kept)
        other = await intake.http.get(
            f"/v1/batches/{shown['batch_id']}", headers={"authorization": "Bearer school-key"}
        )
        assert other.status_code == 404


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_the_template_itself_is_a_good_file(intake: Running, format: str) -> None:
    answer = await intake.http.get(f"/v1/batches/template.{format}")
    assert figures(await worked(intake, answer.content, answer.headers["content-type"])) == (1, 1, 0, 0)
    (stored,) = await intake.stored()
    assert stored["report"]["event"]["kinds"] == ["physical_violence", "psychological_violence"]
    assert stored["receipt"]["flags"] == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_file_survives_kills_at_any_point_and_every_row_is_taken_once(
    settings_env: dict[str, str], seed: int
) -> None:
    dice = random.Random(seed)
    count = 1_500
    content = a_csv([row(n, 通報文號="" if n % 3 == 0 else f"F-{n}", 案件類型="?" if n % 50 == 0 else "成人保護")
                     for n in range(1, count + 1)])  # fmt: skip
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake, client(intake.url) as http:
        url = (await http.post("/v1/batches", content=content, headers={"content-type": CSV})).headers["location"]
        for _ in range(3):
            await moving(http, url)
            await asyncio.sleep(dice.uniform(0, 0.3))
            await intake.end(signal.SIGKILL)
            await intake.start()
        shown = await done(http, url, 120)
        assert figures(shown) == (count, count - count // 50, count // 50, 0)
        rows = await all_rows(http, url)
    assert [each["row"] for each in rows] == list(range(1, count + 1))
    stored = await ids_stored(settings_env)
    accepted = [each["report_id"] for each in rows if each["state"] == "accepted"]
    assert Counter(accepted) == Counter(stored)


async def moving(http: httpx.AsyncClient, url: str) -> None:
    """Wait until the batch moves on from where it is."""
    before = (await http.get(url)).json()["done"]

    async def moved() -> bool:
        shown = (await http.get(url)).json()
        return bool(shown["done"] > before or shown["state"] == "done")

    await until(moved, 30)


def client(url: str) -> httpx.AsyncClient:
    return caller(url, headers={"authorization": "Bearer police-key"})


async def all_rows(http: httpx.AsyncClient, url: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = (await http.get(f"{url}/rows", params={"after": after})).json()
        rows += page["rows"]
        after = page["next"]
    return rows


async def ids_stored(env: dict[str, str]) -> list[str]:
    connection = mongo.connect(env["mongo_url"])
    found = connection[env["database_prefix"] + "intake"]["reports"].find({}, {"_id": 1})
    ids = [each["_id"] async for each in found]
    connection.close()
    return ids


async def test_a_sender_that_breaks_off_leaves_no_batch(settings_env: dict[str, str]) -> None:
    content = a_csv([row(number) for number in range(1, 200)])
    async with served(settings_env | {"kafka_bootstrap": CLOSED}) as intake:
        _, writer = await asyncio.open_connection("127.0.0.1", intake.port)
        head = (
            f"POST /v1/batches HTTP/1.1\r\nHost: intake\r\nAuthorization: Bearer police-key\r\n"
            f"Content-Type: {CSV}\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        writer.write(head.encode() + content[: len(content) // 2])
        await writer.drain()
        await asyncio.sleep(0.3)
        writer.close()
        async with client(intake.url) as http:
            answer = await http.post("/v1/batches", content=content, headers={"content-type": CSV})
            assert answer.status_code == 202
            assert (await done(http, answer.headers["location"]))["accepted"] == 199


def test_the_headings_of_these_tests_are_a_template(settings_env: dict[str, str]) -> None:
    assert next(csv.reader(io.StringIO(a_csv([]).decode("utf-8-sig")))) == HEADINGS
