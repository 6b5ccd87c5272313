"""Who is in a programme is in it once: whoever of a household is named, whatever gathers it, at two desks at once."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from contracts.decisions import PersonKey
from network.days.store import Calendars

from tests.integration.network_life import ago, taken
from tests.integration.network_rosters import LISTED, came, households, listed
from tests.integration.network_stage import CENTRE, COUNTY, Stage, stage

pytestmark = pytest.mark.real
OF_HOUSEHOLDS = {"programme": "leaving_poverty", "entered_by": "roster"}
OF_PERSONS = {"programme": "low_income_job_seekers", "entered_by": "roster", "at": ago(1)}


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def on_lists(net: Stage, *names: str) -> list[str]:
    """Households of a list, each of one person, the first named the oldest."""
    rows = [listed(name, f"id:{name}", received_at=LISTED.replace(day=18 + at)) for at, name in enumerate(names)]
    await came(net, *rows)
    by_entry = {each["rows"][0]["entry_id"]: each["household_id"] for each in await households(net, "supervisor")}
    return [by_entry[name] for name in names]


async def begin(net: Stage, programme: dict[str, Any], **whom: str) -> httpx.Response:
    return await net.post("/v1/enrolments", programme | whom, "supervisor")


def is_in_it(answer: httpx.Response, begun: httpx.Response) -> bool:
    told = [(each["code"], each["about"]) for each in answer.json().get("errors", [])]
    return answer.status_code == 409 and told == [("already_in", begun.json()["enrolment_id"])]


async def test_a_household_that_a_list_gathers_into_another_is_in_it_by_every_name_that_it_had(net: Stage) -> None:
    older, younger, elder, lesser = await on_lists(net, "a", "b", "c", "d")
    first = await begin(net, OF_HOUSEHOLDS, household_id=younger)
    other = await begin(net, OF_HOUSEHOLDS, household_id=elder)
    assert (first.status_code, other.status_code) == (201, 201), first.text + other.text
    both = [listed(f"{one}{two}", f"id:{one}", f"id:{two}", received_at=LISTED.replace(day=27)) for one, two in
            (("a", "b"), ("c", "d"))]  # fmt: skip
    await came(net, *both)
    for id, begun in ((older, first), (younger, first), (elder, other), (lesser, other)):
        assert is_in_it(await begin(net, OF_HOUSEHOLDS, household_id=id), begun)


async def test_two_clerks_who_know_a_household_by_two_names_enrol_it_once(net: Stage) -> None:
    one, two = await on_lists(net, "a", "b")
    await came(net, listed("both", "id:a", "id:b", received_at=LISTED.replace(day=27)))
    at_once = await asyncio.gather(
        *(begin(net, OF_HOUSEHOLDS, household_id=id, person=f"id:{who}") for id in (one, two) for who in "ab")
    )
    [begun] = [each for each in at_once if each.status_code == 201]
    assert sum(is_in_it(each, begun) for each in at_once) == 3, [each.text for each in at_once]


async def test_a_family_is_in_it_once_by_its_case_and_by_its_list_whoever_comes_first(net: Stage) -> None:
    one, two, three = await on_lists(net, "a", "b", "c")
    people = (PersonKey(key="case:a", role="subject", also=("id:a",)), PersonKey(key="id:c", role="witness"))
    case, other = await taken(net, "r1", family=["x"], people=people), await taken(
        net, "r2", family=["y"], people=(PersonKey(key="id:b", role="caregiver"),)
    )  # fmt: skip
    by_list = await begin(net, OF_HOUSEHOLDS, household_id=one)
    assert by_list.status_code == 201, by_list.text
    assert is_in_it(await begin(net, OF_HOUSEHOLDS, case_id=case), by_list)
    assert is_in_it(await begin(net, OF_HOUSEHOLDS, person="case:a", county=COUNTY), by_list)
    at_once = await asyncio.gather(
        begin(net, OF_HOUSEHOLDS, case_id=other), begin(net, OF_HOUSEHOLDS, household_id=two),
        begin(net, OF_HOUSEHOLDS, person="id:b", county=COUNTY),
    )  # fmt: skip
    [begun] = [each for each in at_once if each.status_code == 201]
    assert sum(is_in_it(each, begun) for each in at_once) == 2, [each.text for each in at_once]
    assert (await begin(net, OF_HOUSEHOLDS, household_id=three)).status_code == 201, "a witness is of another family"


async def test_the_programme_says_whether_a_person_or_their_household_is_in_it_once(net: Stage) -> None:
    one, two = await on_lists(net, "a", "b")
    begun = await begin(net, OF_HOUSEHOLDS, household_id=one, person="id:mother")
    for whom in ({"household_id": one, "person": "id:father"}, {"household_id": one}, {"person": "id:mother"}):
        assert is_in_it(await begin(net, OF_HOUSEHOLDS, **whom, county=COUNTY), begun), whom
    assert (await begin(net, OF_HOUSEHOLDS, household_id=two, person="id:mother")).status_code == 201
    mother = await begin(net, OF_PERSONS, household_id=one, person="id:mother")
    father = await begin(net, OF_PERSONS, household_id=one, person="id:father")
    assert (mother.status_code, father.status_code) == (201, 201), "each for themselves"
    assert is_in_it(await begin(net, OF_PERSONS, household_id=two, person="id:mother"), mother)


async def test_a_person_who_is_known_under_two_keys_is_in_it_once(net: Stage) -> None:
    await came(net, listed("a", "id:a", "name:a"), listed("b", "id:b"))
    at_once = await asyncio.gather(
        *(begin(net, OF_PERSONS, person=key, county=COUNTY) for key in ("id:a", "name:a", "id:a"))
    )
    [begun] = [each for each in at_once if each.status_code == 201]
    assert sum(is_in_it(each, begun) for each in at_once) == 2, [each.text for each in at_once]
    assert (await begin(net, OF_PERSONS, person="id:b", county=COUNTY)).status_code == 201


async def test_a_list_of_enrolments_reads_the_calendars_once(net: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for who in "abc":
        await begin(net, OF_PERSONS, person=f"id:{who}", county=COUNTY, unit=CENTRE)
    read, kept = [], Calendars.kept

    async def counted(self: Calendars, *session: Any) -> Any:
        read.append(session)
        return await kept(self, *session)

    monkeypatch.setattr(Calendars, "kept", counted)
    found = (await net.get("/v1/enrolments", CENTRE)).json()["enrolments"]
    assert (len(found), len(read)) == (3, 1)
