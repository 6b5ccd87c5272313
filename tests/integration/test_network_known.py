"""Where a person is known is written with its sources, written again alike, and gone with the keys of who it is."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from contracts.decisions import PersonKey
from contracts.event import Sealed
from kit.problems import Unavailable
from kit.sealed import KeyVault
from kit.serve import prepare
from network.book import Book
from network.known.store import Whereabouts, still_known

from tests.integration.network_life import FAMILY
from tests.integration.network_rosters import came, listed
from tests.integration.network_stage import CENTRE, PROTECTION, T0, Stage, decided, stage, vault

__all__ = ["vault"]
pytestmark = pytest.mark.real
CHILD = PersonKey(key="id:1", role="subject", birth_year=2019, also=("nb:1",), home="ad:1", phones=("ph:1",))

PLACE = {"township": "民雄鄉", "village": "東榮村"}


@pytest_asyncio.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def sealed(vault: KeyVault, owner: str) -> dict[str, Sealed]:
    key = vault.new_key(owner, "report")
    await vault.keep([key])
    return {"report": key.seal({"people/0/name": "林小美"})}


async def nowhere(*_: object) -> None:
    """Of a book that tells nothing."""


async def everything(net: Stage) -> list[dict[str, Any]]:
    return [each async for each in net.database["known"].find().sort("_id", 1)]


async def test_a_person_is_known_wherever_a_source_names_them_until_the_keys_are_destroyed(
    net: Stage, vault: KeyVault
) -> None:
    both = {"people": (CHILD, *FAMILY), "sealed": await sealed(vault, "r1"), **PLACE}
    await net.decide(decided("r1", family=["nb:1"], **both))
    id = str((await net.case_of("r1"))["case_id"])
    await net.did(f"/v1/cases/{id}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION)
    await net.decide(decided("r2", "no_dispatch", people=(CHILD,), sealed=await sealed(vault, "r2")))
    await came(net, listed("row", "nb:1", "nb:2", home="ad:1", entry=PLACE))
    sent = await net.did(
        "/v1/referrals", {"service": "counselling", "to": CENTRE, "case_id": id, "asked_for": []}, PROTECTION
    )
    await net.told()

    known = Whereabouts(net.database)
    found = {each.kind: each for each in await known.of_keys(["nb:1"], 10) if each.source != "r2"}
    assert set(found) == {"report", "case", "household"}
    case = found["case"]
    assert (case.source, case.unit, case.until) == (id, PROTECTION, None)
    assert {(each.township, each.village) for each in found.values()} == {tuple(PLACE.values())}
    assert {each.keys[0] for each in case.people} == {"id:1", *(each.key for each in FAMILY)}
    assert {each.id for each in await known.parts_of([f"case:{id}"], 10)} >= {f"referral:{sent['referral_id']}"}
    assert (await known.holders("homes", ["ad:1"], 5))["ad:1"] == 4

    before = await everything(net)
    await net.database["known"].delete_many({})
    await net.database["known"].insert_one(before[0] | {"_id": "case:gone", "source": "gone", "kind": "case"})
    assert await net.app.state.rebuild_known() >= 4
    assert await everything(net) == before

    await vault.destroy("r1")
    entries = await still_known(await known.of_keys(["id:1"], 10), vault)
    assert [each.id for each in entries if each.named(["id:1"])] == ["report:r2"], "at once, for whoever asks"
    await vault.destroy("r2")
    await net.app.state.rebuild_known()
    assert not [each for each in await everything(net) if "id:1" in each["any_key"]]
    assert [each["_id"] for each in await everything(net)], "the row of the list has words of its own"


async def test_what_a_source_becomes_while_the_forgotten_are_taken_out_is_not_written_over(
    net: Stage, vault: KeyVault
) -> None:
    grown = PersonKey(key="id:9", role="household_member")
    tokens = [await sealed(vault, owner) for owner in ("r1", "r2")]
    await net.decide(decided("r1", "no_dispatch", people=(CHILD,), sealed=tokens[0], received_at=T0))
    await net.told()
    await vault.destroy("r1")
    asked, standing = 0, vault.standing

    async def meanwhile(*args: Any) -> set[str]:
        nonlocal asked
        asked += 1
        if asked == 1:
            later = decided("r1", "no_dispatch", people=(CHILD, grown), sealed=tokens[1], received_at=T0, version=2)
            await net.decide(later)
            await net.told()
        return await standing(*args)

    vault.standing = meanwhile  # type: ignore[method-assign]
    book = Book(net.database.client, nowhere)
    assert await Whereabouts(net.database).forget(vault, book) == ""
    [report] = await everything(net)
    assert {each["keys"][0] for each in report["people"]} == {"id:1", "id:9"}


async def test_an_index_that_is_not_whole_answers_nobody_and_is_begun_again(net: Stage) -> None:
    await net.decide(*(decided(f"r{n}", "no_dispatch", people=(CHILD,)) for n in range(3)))
    await net.told()
    before = await everything(net)
    assert len(before) == 3
    await net.database["known_state"].delete_many({})
    await net.database["known"].delete_one({"_id": "report:r1"})
    with pytest.raises(Unavailable):
        await Whereabouts(net.database).of_keys(["id:1"], 10)
    await prepare(net.app)
    assert await everything(net) == before, "what a process that died had not read"
    assert len(await Whereabouts(net.database).of_keys(["id:1"], 10)) == 3


async def test_entries_of_an_earlier_release_answer_and_are_written_again_with_what_they_lack(net: Stage) -> None:
    await net.decide(decided("r1", "no_dispatch", people=(CHILD,), **PLACE))
    await net.told()
    before = await everything(net)
    assert [each["village"] for each in before] == [PLACE["village"]]
    await net.database["known"].update_many({}, {"$unset": {"township": "", "village": ""}})
    await net.database["known_state"].update_one({"_id": "whole"}, {"$set": {"form": 1}})
    [entry] = await Whereabouts(net.database).of_keys(["id:1"], 10)
    assert entry.village is None
    await prepare(net.app)
    assert await everything(net) == before
