"""A family graph across cases: links with their reason, answered by a person; what is another's has no name."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from contracts.decisions import PersonKey
from contracts.event import Sealed
from kit.sealed import KeyVault

from tests.integration.network_desk import at_desk
from tests.integration.network_stage import CENTRE, PROTECTION, Stage, decided, stage, vault

__all__ = ["vault"]
pytestmark = pytest.mark.real
CHILD = PersonKey(key="id:1", role="subject", birth_year=2015, sex="female", home="ad:1", phones=("ph:1",))
FATHER = PersonKey(key="id:2", role="alleged_perpetrator", relation="parent", birth_year=1980, sex="male")
COUSIN = PersonKey(key="id:3", role="subject", birth_year=2017, sex="male", home="ad:1", phones=("ph:1",))
UNCLE = PersonKey(key="id:4", role="household_member", relation="parent", birth_year=1984, sex="male", home="ad:1")


@pytest_asyncio.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def two_cases(net: Stage) -> tuple[str, str]:
    """Of one house and one telephone: one of the protection team, one of the welfare centre, which shares no worker."""
    await net.decide(decided("r1", family=["a"], people=(CHILD, FATHER)))
    await net.decide(decided("r2", "welfare_centre", family=["b"], people=(COUSIN, UNCLE)))
    ids = [str((await net.case_of(report))["case_id"]) for report in ("r1", "r2")]
    for report, id, unit in zip(("r1", "r2"), ids, (PROTECTION, CENTRE), strict=True):
        await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report, "accepted_by": f"社工 {unit}"}, unit)
    return ids[0], ids[1]


async def test_two_cases_of_one_house_and_telephone_are_linked_and_a_person_answers(net: Stage) -> None:
    mine, other = await two_cases(net)
    seen = (await net.get(f"/v1/cases/{mine}/graph", PROTECTION, depth=2)).json()
    [link] = seen["links"]
    assert (link["rule"], link["verdict"]) == ("house_and_telephone", None)
    assert {each["kind"]: each["shared_by"] for each in link["evidence"]} == {"home": 2, "phone": 2}
    assert link["case_id"] is None and other not in str(seen), "another unit's is a shape without a name"
    assert link["unit"] == "chiayi-county/window" and CENTRE not in str(seen)
    assert "id:3" not in str(seen) and [each["kind"] for each in seen["nodes"]].count("masked") == 2
    everything = (await net.get(f"/v1/cases/{mine}/graph", "supervisor")).json()
    assert everything["links"][0]["case_id"] == other and everything["links"][0]["unit"] == CENTRE
    looks = [each async for each in net.database["looks"].find({"what": "graph"})]
    assert [(each["by"], each["case_id"]) for each in looks] == [("supervisor", other)]

    path = f"/v1/cases/{mine}/links/{link['link_id']}"
    await net.did(f"{path}/answer", {"verdict": "new_to_me"}, PROTECTION)
    [theirs] = (await net.get(f"/v1/cases/{other}/graph", CENTRE)).json()["links"]
    assert (theirs["link_id"], theirs["verdict"]) == (link["link_id"], "new_to_me"), "the verdict holds for both sides"
    counted = (await net.get("/v1/statistics/links", "supervisor")).json()
    assert counted == {"house_and_telephone": {"new_to_me": 1}}
    back = await net.did(f"{path}/withdrawal", {"reason": "the wrong row"}, PROTECTION)
    assert back["verdict"] is None
    assert "wrong row" not in str([each async for each in net.database["link_answers"].find()])
    assert (await net.get(f"/v1/cases/{mine}/graph", PROTECTION)).json()["links"][0]["verdict"] is None
    assert (await net.post(f"{path}/withdrawal", {"reason": "again"}, PROTECTION)).status_code == 409
    assert (await net.post(f"{path}/answer", {"verdict": "known"}, "tainan")).status_code == 404


async def test_whoever_serves_both_is_told_nothing_that_they_know(net: Stage) -> None:
    mine, other = await two_cases(net)
    asked = await net.did(
        f"/v1/cases/{mine}/collaborators", {"unit": CENTRE, "asked_for": ["visit"], "due_at": "2026-12-31T00:00:00Z"},
        PROTECTION,
    )  # fmt: skip
    await net.did(f"/v1/collaborations/{asked['collaboration_id']}/acceptance", {"by": f"社工 {CENTRE}"}, CENTRE)
    assert (await net.get(f"/v1/cases/{mine}/graph", "supervisor")).json()["links"] == []
    assert (await net.get(f"/v1/cases/{other}/graph", CENTRE)).json()["links"] == []


async def test_kinship_is_written_down_drawn_and_taken_out(net: Stage) -> None:
    mine, _ = await two_cases(net)
    kin = f"/v1/cases/{mine}/kin"
    mother = await net.did(kin, {"kind": "person", "how": "parent", "sex": "female", "birth_year": 1983}, PROTECTION)
    said = {"kind": "parent", "one": mother["one"], "other": "id:1", "how": "birth"}
    fact = await net.did(kin, said, PROTECTION)
    assert (await net.post(kin, said | {"one": "id:1", "other": mother["one"]}, PROTECTION)).status_code == 409
    assert (await net.post(kin, said | {"one": "id:3"}, PROTECTION)).status_code == 422, "not of this family"
    assert (await net.post(kin, said | {"how": "cousin"}, PROTECTION)).status_code == 422
    async with at_desk(net, PROTECTION) as worker:
        await worker.does(f"/cases/{mine}/graph", f"/cases/{mine}/kin", how="bond.conflict", one="id:2", other="id:1")
        page = await worker.opens(f"/cases/{mine}/graph")
        assert page.status == 200 and page.text.count('class="symbol"') == 3
        assert 'class="line birth"' in page.text
        for view in ("ecomap", "net"):
            assert (await worker.opens(f"/cases/{mine}/graph?view={view}&depth=2&ago=1")).status == 200
        picture = await worker.opens(f"/cases/{mine}/genogram.svg")
        assert picture.text.startswith("<svg") and "1983" in picture.text
        await worker.does(f"/cases/{mine}/graph", f"/kin/{fact['kin_id']}/end")
        after = (await worker.opens(f"/cases/{mine}/graph")).text
    assert after.count('class="line birth"') == 1, "a report says it of the father"
    told = (await net.get(f"/v1/cases/{mine}/graph", PROTECTION)).json()["kinship"]
    assert [each["ended_at"] is None for each in told] == [True, False, True]
    ended = await net.did(f"/v1/kin/{mother['kin_id']}/end", {"reason": "生母另有其人"}, PROTECTION)
    told = (await net.get(f"/v1/cases/{mine}/graph", PROTECTION)).json()["kinship"]
    assert [each["reason"] for each in (ended, told[0])] == ["生母另有其人"] * 2
    assert "生母" not in str([each async for each in net.database["kin"].find()])


async def sealed(vault: KeyVault, report: str) -> dict[str, Sealed]:
    key = vault.new_key(report, "report")
    await vault.keep([key])
    return {"report": key.seal({"people/0/name": "林小美"})}


async def test_who_was_erased_is_in_no_picture_and_no_kinship_at_once_and_after_the_index_forgot(
    net: Stage, vault: KeyVault
) -> None:
    """A father whom the first report alone names; the child is named by the second one too."""
    await net.decide(decided("r1", family=["a"], people=(CHILD, FATHER), sealed=await sealed(vault, "r1")))
    id = str((await net.case_of("r1"))["case_id"])
    await net.decide(decided("r2", family=["a"], people=(CHILD,), sealed=await sealed(vault, "r2")))
    await net.told()
    await net.did(
        f"/v1/cases/{id}/kin", {"kind": "bond", "one": "id:2", "other": "id:1", "how": "violence"}, PROTECTION
    )
    await net.did(f"/v1/cases/{id}/kin", {"kind": "person", "birth_year": 1983, "how": "parent"}, PROTECTION)

    async def pages() -> list[str]:
        async with at_desk(net, PROTECTION) as worker:
            paths = [f"/cases/{id}/graph?view={view}" for view in ("genogram", "ecomap", "net")]
            return [(await worker.opens(path)).text for path in (*paths, f"/cases/{id}/genogram.svg")]

    assert all("1980" in text for text in (await pages())[:1])
    await vault.destroy("r1")
    for forget in (False, True):
        if forget:
            await net.app.state.rebuild_known()
        assert not [text for text in await pages() if "1980" in text], "the father's year of birth"
        graph = await net.get(f"/v1/cases/{id}/graph", PROTECTION)
        assert graph.status_code == 200 and "id:2" not in graph.text, "nor a key of his in what was written down"
        assert "1983" in (await pages())[0], "whom a worker put beside the child stays with the child"
    await vault.destroy("r2")
    assert (await net.get(f"/v1/cases/{id}/graph", PROTECTION)).status_code == 404, "nobody is left of the family"


async def test_a_child_that_was_said_to_be_a_parent_by_mistake_is_drawn_and_taken_out(net: Stage) -> None:
    mine, _ = await two_cases(net)
    async with at_desk(net, PROTECTION) as worker:
        path = f"/cases/{mine}/graph"
        await worker.does(path, f"/cases/{mine}/kin", how="parent.birth", one="id:1", other="id:2")
        assert (await worker.opens(path)).status == 200, "a report says the contrary"
        [fact] = (await net.get(f"/v1/cases/{mine}/graph", PROTECTION)).json()["kinship"]
        await worker.does(path, f"/kin/{fact['kin_id']}/end")
        assert (await worker.opens(path)).text.count('class="line birth"') == 1
    named = {"kind": "person", "one": "id:9", "how": "parent"}
    put = await net.did(f"/v1/cases/{mine}/kin", named, PROTECTION)
    assert put["one"].startswith("own:"), "nobody is put into a picture under a key of somebody else's"
