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


async def test_accounts_are_opened_by_53_4_percent_and_paid_in_by_84_1_from_the_banks_file(
    settings_env: dict[str, str],
) -> None:
    """Chiayi County's deck of 2021: 392 of 734 opened (734 is arithmetic), 84.1 % paid in, below the target of 85 %."""
    this = datetime.now(TAIPEI).date().replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    before = (last - timedelta(days=1)).replace(day=1)
    begun = {"at": f"{before - timedelta(days=20)}T09:00:00+08:00"}
    opened = [{"answer": {"answer": "opened", "at": f"{before - timedelta(days=10)}T09:00:00+08:00"}}]
    enrol = {"programme": "development_account", "county": COUNTY, "entered_by": "roster"} | begun
    rows = [
        {"enrol": enrol | {"person": f"child-{who}"}, "acts": opened if who < 392 else [], "key": f"child-{who}"}
        for who in range(734)
    ]
    async with stage(settings_env) as net:
        await played(net, rows)
        saving: list[str] = []
        after: dict[str, str] = {}
        while len(saving) < 392:
            asked = {"programme": "development_account", "stage": "saving", "limit": "200"}
            page = (await net.get("/v1/enrolments", "supervisor", **asked, **after)).json()
            saving += [each["enrolment_id"] for each in page["enrolments"]]
            after = {"after": page["next"]}
        days = (before.replace(day=5), last.replace(day=5))
        told = [(days[number // 392], saving[number % 392]) for number in range(659)]
        text = "方案編號,日期,金額,序號\n" + "".join(f"{id},{day},500,b-{n}\n" for n, (day, id) in enumerate(told))
        path = f"/v1/programmes/development_account/files?county={COUNTY}"
        taken = await net.http.post(path, content=text.encode(), headers={"Authorization": "Bearer supervisor"})
        assert (taken.json()["rows"], taken.json()["taken"]) == (659, 659), taken.text[:500]
        whole = {"county": COUNTY, "from": (before - timedelta(days=30)).isoformat()}
        found = (await net.get("/v1/statistics/programmes/development_account", "analyst", **whole)).json()["figures"]
        assert (found["eligible_count"], found["opened_count"], found["opening_rate"]) == (734, 392, 0.5341)
        months = {"county": COUNTY, "from": before.isoformat(), "to": (this - timedelta(days=1)).isoformat()}
        answer = (await net.get("/v1/statistics/programmes/development_account", "analyst", **months)).json()
        [paid] = [each for each in answer["numbers"] if each["name"] == "paid_in"]
        assert (f"{paid['value']:.1%}", paid["of"], paid["target"]) == ("84.1%", [659, 784], 0.85)
        assert paid["reached"] is False


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
