"""What a county published of 2021 comes out of live data: each report triaged, each figure asked of the API.

Nothing is put into the database by hand. A repeated event makes a duplicate, a residence elsewhere a transfer, a danger
sign protection, needs the welfare centre, and what is mild no dispatch. The county counted more persons than reports
that were no duplicates, so some duplicates repeat what was first reported on the last day of the year before.
"""

import asyncio
import csv
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

import httpx
import pytest
from dispatch.api import statistics
from dispatch.domain.period import Period
from dispatch.figures.dimensions import Dimension
from dispatch.figures.published import PUBLISHED, outcome_table
from dispatch.figures.sheet import Audience
from fastapi import FastAPI
from kit import mongo, problems
from web.callers import Callers, digest

from tests.integration.published_year import COUNTY, DECK, LOADED, Database, year_of
from tests.parts import Parts, Sweeper

pytestmark = pytest.mark.real
ROLES = ("officer", "supervisor", "analyst", "caseworker", "elsewhere")


@pytest.fixture(scope="module")
def years(parts: Parts, sweeper: Sweeper) -> Iterator[dict[int, Database]]:
    """Each published year in a database of its own, loaded once."""
    with ExitStack() as names:
        prefixes = {each: names.enter_context(sweeper.names()).databases for each in LOADED}
        made = {each: Database(parts.mongo, prefix, secrets.token_bytes(32)) for each, prefix in prefixes.items()}
        for year, database in made.items():
            asyncio.run(database.load(year_of(year)))
        yield made


@dataclass(frozen=True)
class Api:
    """The API over the database of a year."""

    http: httpx.AsyncClient
    tokens: dict[str, str]

    async def get(self, path: str, role: str = "analyst", accept: str = "*/*", **query: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.tokens[role]}", "Accept": accept, "Accept-Language": "zh-TW"}
        asked = {"county": COUNTY} | {name.rstrip("_"): str(value) for name, value in query.items()}
        return await self.http.get(f"/v1/statistics/{path}", params=asked, headers=headers)

    async def of(self, path: str, period: list[date], **query: Any) -> dict[str, Any]:
        answer = await self.get(path, from_=period[0], to=period[1], **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def asking(database: Database) -> AsyncIterator[Api]:
    client, tokens = mongo.connect(database.url), {role: secrets.token_hex(8) for role in ROLES}
    callers = [{"name": role, "role": role if role != "elsewhere" else "analyst", "token_sha256": digest(tokens[role]),
                "counties": [COUNTY if role != "elsewhere" else "chiayi-city"]} for role in ROLES]  # fmt: skip
    app = FastAPI()
    problems.install(app)
    app.state.callers, app.state.analysis = Callers(json.dumps(callers)), database.analysis(client)
    app.include_router(statistics.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://dispatch") as http:
        yield Api(http, tokens)
    client.close()


@pytest.fixture
async def county(years: dict[int, Database]) -> AsyncIterator[Api]:
    async with asking(years[2021]) as found:
        yield found


# --- the published tables ------------------------------------------------------------------------------------------


async def test_the_published_outcomes_come_out_cell_by_cell(county: Api) -> None:
    published = DECK["outcomes"][2021]
    found = await county.of("outcomes", published["period"], rows="published")
    shown = {row["case_type"]: [row[name] for name in DECK["outcomes"]["columns"]] for row in _rows(found)}
    assert shown == published["rows"]
    assert [row["pending"] for row in _rows(found)] == [0] * 5


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [*found["rows"], found["total"]]


async def test_the_published_sources_come_out_cell_by_cell(county: Api) -> None:
    published = DECK["sources"]
    found = await county.of("sources", published["period"])
    shown = {row["case_type"]: [row[name] for name in published["columns"]] for row in _rows(found)}
    assert shown == published["rows"]
    assert found["total"]["total"] == 3442


async def test_six_case_types_add_up_to_the_four_published_rows(county: Api) -> None:
    published = DECK["outcomes"][2021]
    found = {row["case_type"]: row for row in (await county.of("outcomes", published["period"]))["rows"]}
    for name, kinds in PUBLISHED.items():
        assert [sum(found[kind][each] for kind in kinds) for each in DECK["outcomes"]["columns"]] == published["rows"][
            name
        ]


async def test_printed_shares_are_over_received_less_duplicates_and_transfers(county: Api) -> None:
    found = await county.of("outcomes", DECK["outcomes"][2021]["period"], rows="published")
    _assert_as_printed(2021, found["rows"])


def test_the_shares_of_the_year_before_are_as_printed_but_for_the_misprints() -> None:
    columns, rows = DECK["outcomes"]["columns"], DECK["outcomes"][2020]["rows"]
    counted = [{"_id": name, "pending": 0} | dict(zip(columns, rows[name], strict=True)) for name in PUBLISHED]
    _assert_as_printed(2020, outcome_table(counted, 0, PUBLISHED)[0])


def _assert_as_printed(year: int, rows: list[dict[str, Any]]) -> None:
    wrong = {(each["row"], each["column"]) for each in DECK["misprints"] if each["year"] == year}
    for row in rows:
        for name, printed in zip(DECK["shares"]["columns"], DECK["shares"][year][row["case_type"]], strict=True):
            if printed is not None:
                is_as_printed = abs(100 * row["shares"][name] - printed) < (1 if isinstance(printed, int) else 0.1)
                assert is_as_printed is ((row["case_type"], name) not in wrong), (row["case_type"], name)


@pytest.mark.parametrize("misprint", DECK["misprints"], ids=lambda each: each["column"])
async def test_where_the_deck_divided_by_another_base_the_true_one_stands(
    years: dict[int, Database], misprint: dict[str, Any]
) -> None:
    async with asking(years[misprint["year"]]) as county:
        found = await county.of("outcomes", DECK["outcomes"][misprint["year"]]["period"], rows="published")
    row = next(each for each in found["rows"] if each["case_type"] == misprint["row"])
    assert row["reports"] - row["duplicate"] - row["transferred"] == misprint["base"]
    assert round(100 * row[misprint["column"]] / misprint["divided_by"], 1) == misprint["printed"]
    assert round(100 * row["shares"][misprint["column"]], 1) == misprint["by_rule"]


# --- any two dimensions --------------------------------------------------------------------------------------------

YEAR = DECK["outcomes"][2021]["period"]
TO_AUGUST = DECK["sources"]["period"]
HALF = [date(2021, 1, 1), date(2021, 6, 30)]


async def test_a_crosstab_shows_the_published_cells_to_who_may_open_their_reports(county: Api) -> None:
    found = await county.of("crosstab", TO_AUGUST, role="supervisor", rows="case_type", columns="source_unit")
    columns = [each["value"] for each in found["column_values"]]
    for each, cells, total in zip(found["row_values"], found["cells"], found["row_totals"], strict=True):
        published = dict(zip(DECK["sources"]["columns"], DECK["sources"]["rows"][each["value"]], strict=True))
        assert total == {"count": sum(published.values()), "suppressed": False}
        assert [cell["count"] for cell in cells] == [published[column] for column in columns]
    assert found["total"]["count"] == 3442
    assert (found["counts"], found["steps"], found["smallest"]) == ("reports", 1, 1)
    assert found["column_values"][0] == {"value": "police", "zh": "警政", "en": "Police"}


async def test_an_analyst_is_told_the_same_cells_in_steps_and_none_that_is_small(county: Api) -> None:
    asked = {"rows": "case_type", "columns": "source_unit"}
    true, told = [await county.of("crosstab", HALF, role=role, **asked) for role in ("supervisor", "analyst")]
    whole = true["total"]["count"]
    assert (told["steps"], told["smallest"], told["total"]["count"]) == (5, 5, whole - whole % 5)
    pairs = [pair for rows in zip(true["cells"], told["cells"], strict=True) for pair in zip(*rows, strict=True)]
    assert all(
        cell["count"] == each["count"] - each["count"] % 5 >= 5 for each, cell in pairs if not cell["suppressed"]
    )
    assert sum(not cell["suppressed"] for _, cell in pairs) >= 15


async def test_an_analyst_or_a_file_gets_no_days_that_could_be_subtracted(county: Api) -> None:
    asked = {"from_": TO_AUGUST[0], "to": TO_AUGUST[1], "rows": "case_type", "columns": "source_unit"}
    for role, more in (("analyst", {}), ("supervisor", {"format": "csv"})):
        answer = await county.get("crosstab", role, **asked, **more)
        assert answer.status_code == 422 and answer.json()["errors"][0]["code"] == "not_fixed", role


@pytest.mark.parametrize(("rows", "columns"), zip(Dimension, [*Dimension][1:] + [*Dimension][:1], strict=True))
async def test_every_dimension_counts_every_report_and_shows_no_small_count(
    county: Api, rows: Dimension, columns: Dimension
) -> None:
    told = await county.of("crosstab", HALF, rows=rows, columns=columns)
    counts = [*(cell for row in told["cells"] for cell in row), *told["row_totals"], *told["column_totals"]]
    assert all(each["suppressed"] if each["count"] is None else each["count"] >= 5 for each in counts)
    found = await county.of("crosstab", YEAR, role="officer", rows=rows, columns=columns)
    assert found["total"]["count"] >= 3887
    assert found["counts"] == ("mentions" if {rows, columns} & {"danger_sign", "need"} else "reports")
    if found["counts"] == "reports":
        assert found["total"]["count"] == 3887


async def test_a_report_of_two_needs_is_mentioned_under_both(county: Api) -> None:
    found = await county.of("crosstab", YEAR, role="officer", rows="need", columns="outcome")
    totals = dict(zip((each["value"] for each in found["row_values"]), found["row_totals"], strict=True))
    assert totals["economic_hardship"] == totals["support_system_change"]
    assert found["total"]["count"] == 3887 + totals["economic_hardship"]["count"]


async def test_hours_and_weekdays_are_those_of_taipei(county: Api) -> None:
    found = await county.of("crosstab", YEAR, role="officer", rows="weekday", columns="hour")
    told = [each.received_at for each in year_of(2021) if each.received_at.year == 2021]
    totals = dict(zip((each["value"] for each in found["column_values"]), found["column_totals"], strict=True))
    assert found["row_values"][0]["value"] == "monday"
    assert totals["09"]["count"] == sum(at.hour == 9 for at in told)
    assert found["row_totals"][6]["count"] == sum(at.isoweekday() == 7 for at in told)


@pytest.mark.parametrize("by", [{"format": "csv"}, {"accept": "text/csv"}], ids=["asked", "accepted"])
async def test_a_spreadsheet_gets_its_mark_words_and_stars(county: Api, by: dict[str, str]) -> None:
    query = {"from_": HALF[0], "to": HALF[1], "rows": "case_type", "columns": "source_unit"}
    answer = await county.get("crosstab", **by, **query)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "case_type-source_unit-2021-01-01-2021-06-30.csv" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, adult, *_, last = csv.reader(StringIO(answer.text.removeprefix("\ufeff")))
    assert head[:3] == ["案件類型 case_type", "警政 police", "衛政 medical"]
    assert (head[-1], adult[0], int(adult[1]) % 5) == ("合計 total", "成人保護 adult_protection", 0)
    assert last[0] == "合計 total" and int(last[-1]) % 5 == 0
    assert "*" in adult


@pytest.mark.parametrize(
    ("role", "status"),
    [("analyst", 200), ("officer", 200), ("supervisor", 200), ("caseworker", 403), ("elsewhere", 403)],
)
async def test_a_crosstab_is_for_those_who_analyse_their_own_county(county: Api, role: str, status: int) -> None:
    asked = {"from_": HALF[0], "to": HALF[1], "rows": "case_type", "columns": "outcome"}
    assert (await county.get("crosstab", role, **asked)).status_code == status


async def test_a_dimension_that_is_none_is_told_which_there_are(county: Api) -> None:
    answer = await county.get("crosstab", from_=YEAR[0], to=YEAR[1], rows="name", columns="outcome")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    [error] = answer.json()["errors"]
    assert error["at"] == "/query/rows"
    assert all(f"'{each}'" in error["detail"] for each in Dimension)


async def test_a_dimension_against_itself_is_refused(county: Api) -> None:
    answer = await county.get("crosstab", from_=YEAR[0], to=YEAR[1], rows="outcome", columns="outcome")
    assert (answer.status_code, answer.json()["detail"]) == (422, "請選不同的面向。")


@pytest.mark.parametrize("table", ["outcomes", "sources"])
async def test_the_published_tables_as_files_say_what_the_api_says(county: Api, table: str) -> None:
    asked = {"from_": YEAR[0], "to": YEAR[1]}
    shown = await county.of(table, YEAR)
    for file in (await county.get(table, format="csv", **asked), await county.get(table, accept="text/csv", **asked)):
        head, *lines = csv.reader(StringIO(file.text.removeprefix("\ufeff")))
        codes = [each.split()[-1] for each in head]
        for line, row in zip(lines, [*shown["rows"], shown["total"]], strict=True):
            found = dict(zip(codes, line, strict=True))
            assert found["case_type"].endswith(row["case_type"])
            counts = {name: str(count) for name, count in row.items() if isinstance(count, int)}
            assert {name: found[name] for name in counts} == counts


async def test_a_time_without_reports_is_an_empty_table(county: Api) -> None:
    found = await county.of("crosstab", [date(2019, 1, 1), date(2019, 3, 31)], rows="case_type", columns="outcome")
    assert (found["cells"], found["total"]) == ([], {"count": None, "suppressed": True})


# --- the same on the pages -----------------------------------------------------------------------------------------


async def test_the_pages_show_the_published_tables_with_persons_and_shares(years: dict[int, Database]) -> None:
    published, client = DECK["outcomes"][2021], mongo.connect(years[2021].url)
    everyone = Audience("zh", hide=False)
    counted = years[2021].analysis(client)
    sheet = await counted.outcomes(Period(COUNTY, *published["period"]), everyone, PUBLISHED)
    sources = await counted.sources(Period(COUNTY, *DECK["sources"]["period"]), everyone)
    client.close()
    names = [column.key for column in sheet.columns]
    shown = {row.key: dict(zip(names, row.cells, strict=True)) for row in sheet.rows}
    for kind, row in published["rows"].items():
        assert [shown[kind][name].number for name in DECK["outcomes"]["columns"]] == row, kind
    assert shown["consultation"]["welfare_centre"].small == "72.5 %"
    assert {row.key: [cell.number for cell in row.cells][:9] for row in sources.rows} == DECK["sources"]["rows"]
