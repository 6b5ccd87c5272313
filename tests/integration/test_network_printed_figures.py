"""Every printed figure of a programme, out of what happened: played through the API row by row, many rows at once."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from rules.spans import TAIPEI

from tests.integration.network_referring import keep
from tests.integration.network_stage import COUNTY, Stage, stage

pytestmark = pytest.mark.real
PRINTED = yaml.safe_load((Path(__file__).parent.parent / "data" / "programmes" / "printed.yaml").read_text("utf-8"))
AT_A_TIME = 200


def ago(days: float) -> str:
    return (datetime.now(TAIPEI) - timedelta(days=days)).isoformat()


def acts_of(group: dict[str, Any], who: int) -> Iterator[dict[str, Any]]:
    """What happened to one of a group: `total` contacts of it are dealt out in turn, a quarter of an hour apart."""
    for act in group.get("acts", ()):
        if "answer" in act:
            yield {"answer": {"answer": act["answer"], "at": ago(act["ago"]), "evidence": act.get("evidence", [])}}
            continue
        total = act.get("total", act.get("each", 0) * group["count"])
        mine = total // group["count"] + (who < total % group["count"])
        said = {"what": act["contact"], "kind": act["kind"], "with": act.get("with", [])}
        for number in range(mine):
            more = {"at": ago(act["ago"] - number / 96), "measures": act.get("measures", {})}
            yield {"contact": said | more}


def rows_of(name: str, it: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for at, group in enumerate(it["people"]):
        for who in range(group["count"]):
            enrol = {
                "programme": it["programme"], "person": f"{name}-{at}-{who}", "county": COUNTY,
                "entered_by": group.get("entered_by", "referral"), "at": ago(group["begun"]),
                "facts": group.get("facts", {}),
            }  # fmt: skip
            if "units" in group:
                enrol["unit"] = f"{COUNTY}/provider.hospital{who % group['units']}"
            yield {"enrol": enrol, "acts": [*acts_of(group, who)], "key": f"{name}-{at}-{who}"}


async def played(net: Stage, rows: list[dict[str, Any]]) -> None:
    for first in range(0, len(rows), AT_A_TIME):
        some = rows[first : first + AT_A_TIME]
        told = await net.did("/v1/enrolments/entries", {"entries": some}, "supervisor")
        wrong = [each for each in told["entries"] if each["errors"] or each["detail"]]
        assert (told["rows"], told["taken"], wrong) == (len(some), len(some), [])


async def figures(net: Stage, programme: str, within: list[int]) -> dict[str, Any]:
    first, last = (datetime.now(TAIPEI).date() - timedelta(days=days) for days in within)
    query = {"county": COUNTY, "from": first.isoformat(), "to": last.isoformat()}
    answer = await net.get(f"/v1/statistics/programmes/{programme}", "analyst", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["figures"])


async def test_each_printed_figure_comes_out_of_what_happened(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        for number in range(max(group.get("units", 0) for it in PRINTED.values() for group in it["people"])):
            await keep(net, f"hospital{number}")
        whole = {name: [*rows_of(name, it)] for name, it in PRINTED.items()}
        await asyncio.gather(*(played(net, rows) for rows in whole.values()))
        shown = {name: await figures(net, it["programme"], it["within"]) for name, it in PRINTED.items()}
        wanted = {name: it["shows"] for name, it in PRINTED.items()}
        assert {name: {key: shown[name][key] for key in wanted[name]} for name in wanted} == wanted

        again = whole["clubhouse"] + [{"enrolment_id": "none", "acts": []}, {"acts": []}]
        told = await net.did("/v1/enrolments/entries", {"entries": again}, "supervisor")
        assert (told["rows"], told["taken"], told["known"], told["refused"]) == (42, 0, 40, 2), (
            "sent again, a row changes nothing"
        )
        assert [each["row"] for each in told["entries"] if each["detail"]] == [40, 41]
        assert await figures(net, "clubhouse", [10, 0]) == shown["clubhouse"]


async def test_a_row_is_taken_whole_or_not_at_all_and_stops_no_other(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        enrol = {"programme": "school_dropout", "county": COUNTY, "entered_by": "roster", "at": ago(9)}
        rows = [
            {"enrol": enrol | {"person": "a"}, "acts": [{"answer": {"answer": "returned"}}], "key": "a"},
            {"enrol": enrol | {"person": "b"}, "acts": [{"answer": {"answer": "no_such"}}], "key": "b"},
            {
                "enrol": enrol | {"person": "c"},
                "acts": [{"answer": {"answer": "returned"}, "contact": None}],
                "key": "c",
            },
        ]
        told = await net.did("/v1/enrolments/entries", {"entries": rows}, "supervisor")
        assert [bool(each["detail"]) for each in told["entries"]] == [False, True, False]
        assert "returned" in told["entries"][1]["detail"]["en"], "the answers that there are"
        found = (await net.get("/v1/enrolments", "supervisor", programme="school_dropout")).json()["enrolments"]
        assert sorted(each["person"] for each in found) == ["a", "c"], "nothing of a row that was refused"


HEADS = "national_id,date,amount,reference\n"


async def test_a_file_of_deposits_pays_each_row_once_whoever_sends_it(settings_env: dict[str, str]) -> None:
    async with stage(settings_env) as net:
        key = str(net.app.state.people.keys(None, None, "Q222222220")[0])
        enrol = {"programme": "development_account", "county": COUNTY, "entered_by": "roster", "at": ago(40)}
        acts = [{"answer": {"answer": "opened", "at": ago(39)}}]
        row = {"enrol": enrol | {"person": key}, "acts": acts}
        [it] = (await net.did("/v1/enrolments/entries", {"entries": [row]}, "supervisor"))["entries"]
        day = (datetime.now(TAIPEI) - timedelta(days=3)).date().isoformat()
        text = f"{HEADS}Q222222220,{day},500,b-1\nQ222222220,{day},500,b-2\nA225371629,{day},500,b-3\n"
        text += "Q222222220,never,1,b-4\n"
        text += f"Q222222220,{day},900,b-1\nQ222222220,{day},,b-5\n"
        path = f"/v1/programmes/development_account/files?county={COUNTY}"

        async def send(role: str) -> dict[str, Any]:
            answer = await net.http.post(path, content=text.encode(), headers={"Authorization": f"Bearer {role}"})
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        both = await asyncio.gather(send("supervisor"), send("officer"))
        for told in both:
            assert [each["row"] for each in told["entries"] if each["detail"]] == [4, 5, 6, 7], "refused by number"
        enrolment = (await net.get(f"/v1/enrolments/{it['enrolment_id']}", "supervisor")).json()
        assert [each["measures"] for each in enrolment["contacts"]] == [{"deposit_twd": 500.0}] * 2
        again = await send("supervisor_2")
        assert (again["taken"], again["known"], again["refused"]) == (0, 2, 4)
        looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
        mine = [each for each in looks if (each["by"], each["what"]) == ("officer", "search")]
        assert sorted(each["contact_id"] for each in mine) == ["", *[it["enrolment_id"]] * 5]
        assert len({each["sought"] for each in mine}) == 2, "two were asked for, whatever their rows said"
        other = await net.http.post(path, content=text.encode(), headers={"Authorization": "Bearer tainan"})
        assert other.status_code == 403
        none = await net.http.post(
            path.replace("development_account", "suicide_care"), content=text.encode(),
            headers={"Authorization": "Bearer supervisor"},
        )  # fmt: skip
        assert none.status_code == 404
