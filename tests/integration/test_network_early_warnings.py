"""Early warning on a real MongoDB: found once, owed by one unit, explained to whom it is, answered, and counted."""

import asyncio
import weakref
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from contracts.event import BlindIndex
from network.known import store
from network.known.entry import Known, Named
from network.known.store import BATCH

from tests.integration.network_desk import at_desk
from tests.integration.network_early import CHILD, MOTHER, PLACE, before, enrolled, hot_village, rising
from tests.integration.network_rosters import came, listed
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real
HEALTH = f"{COUNTY}/health"
VISITED = {"verdict": "acted_on", "code": "visited", "text": "canary-visit"}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def found(net: Stage, role: str = "supervisor", **query: Any) -> list[dict[str, Any]]:
    answer = await net.get("/v1/early-warnings", role, **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["warnings"])


async def test_a_family_that_rises_is_owed_by_who_serves_it_explained_and_answered_once(net: Stage) -> None:
    await rising(net)
    await asyncio.gather(*(net.app.state.find_early_warnings() for _ in range(3)))
    [warning] = await found(net)
    assert (warning["rule"], warning["unit"]) == ("family_rises", HEALTH), "its enrolment's unit: there is no case"
    why = warning["family"]
    assert (why["entries"], why["systems"], why["before"], why["days"]) == (3, 3, 0, 90)
    assert [each["kind"] for each in why["reasons"]] == ["report", "household", "enrolment"]
    assert await found(net, "tainan") == await found(net, POLICE) == []
    path = f"/v1/early-warnings/{warning['warning_id']}"
    assert {(await net.get(path, role)).status_code for role in (POLICE, "tainan")} == {404}
    assert (await net.get(path, "analyst")).status_code == 403

    mine = (await net.get(path, HEALTH)).json()["family"]["reasons"]
    assert [each["kind"] for each in mine] == ["masked", "masked", "enrolment"], "another's is no more than there"
    assert {(each["source"], each["since"], each["unit"]) for each in mine[:2]} == {(None, None, f"{COUNTY}/window")}
    [task] = [each for each in (await net.get("/v1/tasks", HEALTH)).json()["tasks"] if each["what"] == "answer_warning"]
    assert (task["because"], task["state"]) == ({"kind": "early_warning", "id": warning["warning_id"]}, "open")

    assert (await net.post(f"{path}/answer", VISITED, POLICE)).status_code == 404
    wrong = await net.post(f"{path}/answer", VISITED | {"code": "in_hand"}, HEALTH)
    assert wrong.status_code == 422 and "visited" in wrong.text, "what was done is no reason to do nothing"
    answered, again = [(await net.post(f"{path}/answer", VISITED, HEALTH, "k")).json() for _ in range(2)]
    assert answered == again
    assert (answered["answer"]["verdict"], answered["answer"]["by"]) == ("acted_on", f"worker of {HEALTH}")
    other = {"verdict": "dismissed", "code": "in_hand"}
    assert (await net.post(f"{path}/answer", other, HEALTH)).status_code == 409
    assert [each["what"] for each in (await net.get("/v1/tasks", HEALTH)).json()["tasks"]] != ["answer_warning"]
    assert await found(net, open=True) == []

    stored = repr([each async for each in net.database["early_warnings"].find()])
    assert "canary" not in stored and "id:mother" not in stored, "sealed words and nobody's keys"
    assert (await net.get(path, HEALTH)).json()["answer"]["text"] is None
    assert (await net.did(f"{path}/looks", {}, HEALTH))["answer"]["text"] == "canary-visit"
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [(each["what"], each["by"]) for each in looks] == [("early_warning", f"worker of {HEALTH}")]


async def test_a_look_holds_some_batches_of_what_is_known_and_never_all(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an earthquake's day 85,000 entries took 700 MB: more than a pod has."""
    many = 6 * BATCH
    strangers = [
        Known("case" if n % 2 else "report", f"s{n}", COUNTY, CENTRE, (CENTRE,), before(12), None, "opened",
              (Named((BlindIndex(f"id:s{n}"),), "subject"),), within=(f"case:s{n}",), **PLACE)
        for n in range(many)
    ]  # fmt: skip
    await net.database["known"].insert_many([store.document_of(each) for each in strangers])
    await rising(net)
    read, kept, most = store._entry, list[weakref.ref[Known]](), 0

    def watched(document: dict[str, Any]) -> Known:
        nonlocal most
        entry = read(document)
        kept.append(weakref.ref(entry))
        if entry.source.endswith("0"):
            kept[:] = [each for each in kept if each() is not None]
            most = max(most, len(kept))
        return entry

    monkeypatch.setattr(store, "_entry", watched)
    await net.app.state.find_early_warnings()
    assert [each["rule"] for each in await found(net, rule="family_rises")] == ["family_rises"]
    assert 0 < most <= 3 * BATCH < many


async def test_what_comes_later_is_told_in_the_open_one_and_warns_anew_only_by_itself(net: Stage) -> None:
    await rising(net)
    await net.app.state.find_early_warnings()
    [first] = await found(net)
    await came(net, listed("row-2", "nb:mother", roster="carer_support", received_at=before(2)))
    await net.app.state.find_early_warnings()
    [grown] = await found(net)
    assert (grown["warning_id"], grown["family"]["entries"]) == (first["warning_id"], 4)
    dismissed = {"verdict": "dismissed", "code": "known_already"}
    await net.did(f"/v1/early-warnings/{first['warning_id']}/answer", dismissed, HEALTH)
    await net.decide(decided("r2", "no_dispatch", people=(CHILD,), received_at=before(1)))
    await net.told()
    await net.app.state.find_early_warnings()
    assert len(await found(net)) == 1, "one more report of a family that was answered for"
    await enrolled(net, "nb:child", 0)
    await net.app.state.find_early_warnings()
    assert await found(net, open=True) == [], "two systems anew"

    record = (await net.get("/v1/statistics/early-warnings", "officer", county=COUNTY)).json()["rules"]
    assert {each["rule"]: (each["answered"], each["acted_on"], each["share"]) for each in record} == {
        "hot_spot": (0, 0, None), "family_rises": (1, 0, 0.0),
    }  # fmt: skip
    told = (await net.get("/v1/statistics/early-warnings", "analyst", county=COUNTY)).json()["rules"]
    assert {each[name] for each in told for name in ("open", "answered", "share")} == {None}, "few are not told"
    assert (await net.get("/v1/statistics/early-warnings", "tainan", county=COUNTY)).status_code == 403


async def test_the_lead_of_a_case_owes_it_hands_it_over_with_the_case_and_cannot_close_over_it(net: Stage) -> None:
    people = {"people": (MOTHER, CHILD), "received_at": before(30)}
    await net.decide(decided("r1", family=["nb:mother"], **people))
    case = str((await net.case_of("r1"))["case_id"])
    await net.did(f"/v1/cases/{case}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION)
    await came(net, listed("row", "nb:child", received_at=before(20)))
    await enrolled(net)
    await net.app.state.find_early_warnings()
    [warning] = await found(net, PROTECTION)
    assert (warning["unit"], warning["family"]["case_id"]) == (PROTECTION, case)
    assert [each["kind"] for each in warning["family"]["reasons"]] == ["report", "masked", "masked"], "its case's own"
    tasks = (await net.get(f"/v1/cases/{case}", PROTECTION)).json()["tasks"]
    [task] = [each for each in tasks if each["what"] == "answer_warning"]
    closing = {"reason": "goals_met", "return_plan": "ask the school"}
    refused = await net.post(f"/v1/cases/{case}/closings", closing, PROTECTION)
    assert task["id"] in refused.text, "nobody closes over it"
    ticked = await net.post(f"/v1/tasks/{task['id']}/completion", {}, PROTECTION)
    assert ticked.status_code == 409 and "by_warning" in ticked.text, "it is answered, not ticked off"
    await net.decide(decided("r1", "welfare_centre", family=["nb:mother"], version=2, **people))
    await net.told()
    told = (await net.get(f"/v1/early-warnings/{warning['warning_id']}", "supervisor")).json()
    assert told["unit"] == (await net.get(f"/v1/cases/{case}")).json()["lead"]["unit"]
    erased = await net.did(f"/v1/early-warnings/{warning['warning_id']}/answer", VISITED, told["unit"])
    assert erased["answer"]["unit"] == told["unit"]
    await net.app.state.vault.destroy(case)
    words = await net.did(f"/v1/early-warnings/{warning['warning_id']}/looks", {}, told["unit"])
    assert words["answer"]["text"] is None, "what was said of a family goes with the keys of its case"


async def test_a_hot_village_is_owed_by_its_centre_and_small_counts_are_hidden(net: Stage) -> None:
    await hot_village(net)
    for _ in range(2):
        await net.app.state.find_early_warnings()
    [warning] = await found(net)
    spot = warning["spot"]
    assert (warning["unit"], spot["series"], spot["village"], spot["observed"]) == (CENTRE, "cases", "東榮村", 9)
    assert 1 < spot["expected"] < 3 and spot["chance"] < 0.001

    async def spots(role: str, county: str = COUNTY) -> dict[str, Any]:
        answer = await net.get("/v1/statistics/hot-spots", role, county=county)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    [hot, *_] = (await spots("officer"))["findings"]
    assert (hot["level"], hot["observed"]) == ("rise", 9)
    for role in ("analyst", CENTRE):
        hidden = (await spots(role))["findings"]
        assert {each["observed"] for each in hidden} <= {5, None}, "in steps of five, few not at all"
        assert {each[name] for each in hidden for name in ("expected", "bound", "chance")} == {None}
        running = await net.get("/v1/statistics/hot-spots", role, county=COUNTY, week=str(before(0).date()))
        assert running.status_code == 422, "a week that is not over"
    assert (await net.get("/v1/statistics/hot-spots", "tainan", county=COUNTY)).status_code == 403
    elsewhere = await spots("tainan", "tainan-city")
    assert elsewhere["findings"] == [], "a county sees its own alone"


async def test_a_worker_answers_on_the_page_from_what_is_owed_today(net: Stage) -> None:
    await rising(net)
    await hot_village(net)
    await net.app.state.find_early_warnings()
    [family] = [each for each in await found(net) if each["family"]]
    path = f"/early-warnings/{family['warning_id']}"
    async with at_desk(net, HEALTH) as worker:
        assert path in (await worker.opens("/today")).text
        page = await worker.opens("/early-warnings")
        assert path in page.part("listed") and "New entries of this family: 3" in page.part("listed")
        empty = await worker.does(path, f"{path}/answer", verdict="acted_on", acted_on="visited", text="went there")
        assert (empty.status, "went there" in empty.text) == (200, False)
        assert "went there" in (await worker.does(path, f"{path}/looks")).text
        assert path not in (await worker.opens("/today")).text
    async with at_desk(net, "supervisor") as supervisor:
        page = await supervisor.opens("/early-warnings")
        assert "100.0 %" in page.part("record") and "東榮村" in page.part("listed")
        assert "9 new joint cases" in page.part("listed")
        assert (await supervisor.opens("/early-warnings?answered=yes")).part("listed").count(path) == 1
    async with at_desk(net, POLICE) as other:
        assert (await other.opens(path)).status == 404


async def test_who_works_through_the_open_ones_goes_on_behind_what_was_answered_meanwhile(net: Stage) -> None:
    await rising(net)
    await net.app.state.find_early_warnings()
    warnings = net.database["early_warnings"]
    first = await warnings.find_one()
    assert first
    for n in (1, 2):
        earlier = {"_id": f"earlier-{n}", "claims": [f"claim-{n}"], "found_at": first["found_at"] - timedelta(days=n)}
        await warnings.insert_one(first | earlier)
    page = (await net.get("/v1/early-warnings", "supervisor", open="true", limit="2")).json()
    assert page["warnings"][-1]["warning_id"] == "earlier-1"
    await warnings.update_one({"_id": "earlier-1"}, {"$set": {"open": False}})
    rest = await found(net, open="true", limit="2", after=page["next"])
    assert [each["warning_id"] for each in rest] == ["earlier-2"]
