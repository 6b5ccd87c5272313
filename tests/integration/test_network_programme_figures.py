"""Printed figures played through the API; and a programme that nobody here thought of, put in force by two people."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from network.programmes.versions.store import Versions
from rules.spans import TAIPEI

from tests.integration.network_life import ago
from tests.integration.network_rosters import came, households, listed
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
OURS = Path(__file__).parent.parent / "data" / "programmes" / "hoarding_help.yaml"
AT_ONCE = 12
FLAW = "\npausable: {longest: -3mo, source: of the tests, verified: false}\n"
"""What a checker of before let pass."""


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def together(acts: Iterable[Any]) -> list[Any]:
    """Some at a time, as several desks would."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(act: Any) -> Any:
        async with gate:
            return await act

    return list(await asyncio.gather(*(one(act) for act in acts)))


async def begun(net: Stage, programme: str, who: str, **more: Any) -> str:
    body = {"programme": programme, "person": who, "entered_by": "roster", "at": ago(40)} | more
    return str((await net.did("/v1/enrolments", body, CENTRE))["enrolment_id"])


async def answer(net: Stage, id: str, code: str, **more: Any) -> None:
    await net.did(f"/v1/enrolments/{id}/answers", {"answer": code, "at": ago(9)} | more, CENTRE)


async def on_lists(net: Stage, count: int) -> list[str]:
    """So many households of a list, by their ids."""
    await came(net, *[listed(f"e{number}", f"id:{number}") for number in range(count)])
    return [each["household_id"] for each in await households(net, CENTRE)]


async def counted(net: Stage, programme: str) -> dict[str, Any]:
    found = await net.get(f"/v1/statistics/programmes/{programme}", "analyst", county=COUNTY)
    assert found.status_code == 200, found.text
    return dict(found.json()["figures"])


async def test_mediation_and_dropouts_add_up_through_the_api(net: Stage) -> None:
    facts = {"facts": {"came_by": "other_cases"}, "entered_by": "referral"}
    three = await together(begun(net, "family_mediation", f"p{who}", **facts) for who in range(3))
    kinds = [("counselling", "session")] * 9 + [("advice", "telephone")] * 23
    await together(
        net.did(
            f"/v1/enrolments/{three[at % 3]}/contacts", {"kind": kind, "what": what, "at": ago(20 - at / 8)}, CENTRE
        )
        for at, (what, kind) in enumerate(kinds)
    )
    unsaid = await net.post(f"/v1/enrolments/{three[0]}/contacts", {"kind": "session", "at": ago(1)}, CENTRE)
    assert unsaid.status_code == 422 and "counselling" in unsaid.json()["detail"]
    await answer(net, three[0], "agreed")
    found = await counted(net, "family_mediation")
    assert list(found.values()) == [0, 0, 3, 3, 2, 1, 9, 0, 23, 0, 0]

    away = await together(begun(net, "school_dropout", f"q{who}", unit=f"{COUNTY}/education") for who in range(10))
    await together(answer(net, id, "returned") for id in away[:8])
    found = await counted(net, "school_dropout")
    assert (found["dropouts"], found["returned_count"], found["return_rate"]) == (10, 8, 0.8)


def of_today(text: str, version: int = 1) -> dict[str, str]:
    today = datetime.now(TAIPEI).date().isoformat()
    return {"text": text.replace("since: 2026-01-01", f"since: {today}").replace("version: 1", f"version: {version}")}


async def test_a_county_adds_a_programme_of_its_own_with_a_second_person(net: Stage) -> None:
    path, text = "/v1/programmes/proposals", OURS.read_text("utf-8")
    wrong = await net.post(path, of_today(text.replace("livable: keeping", "livable: nowhere")), "supervisor")
    line = next(at for at, each in enumerate(text.splitlines(), 1) if "livable: keeping" in each)
    told = {each["at"]: each["detail"] for each in wrong.json()["errors"]}
    assert wrong.status_code == 422 and "there is no nowhere; write one of trust" in told[f"/text:{line}"]
    past = await net.post(path, {"text": text}, "supervisor")
    assert past.status_code == 422, "nobody is enrolled backwards"

    made = await net.did(path, of_today(text), "supervisor")
    approval, read = "/v1/programmes/hoarding_help/versions/1/approval", {"digest": made["digest"]}
    one, two = await on_lists(net, 2)
    early = {"programme": "hoarding_help", "household_id": one, "entered_by": "roster"}
    unknown = await net.post("/v1/enrolments", early, CENTRE)
    assert unknown.status_code == 422, "not in force yet"
    assert (await net.post(approval, read, "supervisor")).status_code == 409, "another person approves"
    assert (await net.post(approval, {"digest": "0" * 64}, "supervisor_2")).status_code == 409, "as it was read"
    assert (await net.post(approval, read, CENTRE)).status_code == 403
    done = await net.did(approval, read, "supervisor_2")
    assert (done["state"], done["proposed_by"], done["approved_by"]) == ("published", "supervisor", "督導 2")
    again = await net.post(path, of_today(text), "supervisor")
    assert again.status_code == 409, "a version is never edited"

    listed = (await net.get("/v1/programmes", PROTECTION, county=COUNTY)).json()["programmes"]
    [own] = [each for each in listed if each["programme"] == "hoarding_help"]
    assert (own["county"], own["name"]["zh"]) == (COUNTY, "囤積家庭陪伴")
    elsewhere = (await net.get("/v1/programmes", "tainan")).json()["programmes"]
    assert "hoarding_help" not in [each["programme"] for each in elsewhere]
    id = await begun(net, "hoarding_help", "", household_id=one, person=None, at=None)
    second = of_today(text.replace("due: 3mo", "due: 1mo"), version=2)
    made = await net.did(path, second, "supervisor_2")
    await net.did("/v1/programmes/hoarding_help/versions/2/approval", {"digest": made["digest"]}, "supervisor")
    before = (await net.get(f"/v1/enrolments/{id}", CENTRE)).json()
    fresh = await begun(net, "hoarding_help", "", household_id=two, person=None, at=None)
    after = (await net.get(f"/v1/enrolments/{fresh}", CENTRE)).json()
    assert (before["version"], after["version"]) == (1, 2)
    agreed = [next(task["due"] for task in each["tasks"] if task["task"] == "agree") for each in (after, before)]
    assert agreed[0] < agreed[1], "who is in it keeps the version that they began with"


async def test_what_waited_beyond_its_day_is_approved_no_more(net: Stage) -> None:
    path, text = "/v1/programmes/proposals", OURS.read_text("utf-8")
    made = await net.did(path, of_today(text), "supervisor")
    await net.database["programmes"].update_one({"code": "hoarding_help"}, {"$set": {"text": text}})
    [waiting] = (await net.get(path, "supervisor_2")).json()["proposals"]
    assert waiting["digest"] != made["digest"]
    approval, read = "/v1/programmes/hoarding_help/versions/1/approval", {"digest": waiting["digest"]}
    late = await net.post(approval, read, "supervisor_2")
    assert late.status_code == 409 and "day" in late.json()["detail"], "nobody is enrolled backwards"
    again = await net.did(path, of_today(text), "supervisor")
    assert (await net.did(approval, {"digest": again["digest"]}, "supervisor_2"))["state"] == "published"


async def test_an_older_draft_is_not_published_after_a_later_version(net: Stage) -> None:
    path, text = "/v1/programmes/proposals", OURS.read_text("utf-8")
    drafts = [await net.did(path, of_today(text, number), "supervisor") for number in (1, 2)]
    approvals = [
        (f"/v1/programmes/hoarding_help/versions/{each['version']}/approval", {"digest": each["digest"]})
        for each in drafts
    ]
    await net.did(*approvals[1], "supervisor_2")
    older = await net.post(*approvals[0], "supervisor_2")
    assert older.status_code == 409 and "later version" in older.json()["detail"]
    assert [each["version"] for each in (await net.get(path, "supervisor")).json()["proposals"]] == [1], "it stays read"


async def test_no_county_renames_what_stands_on_the_pages_of_others(net: Stage) -> None:
    path, text = "/v1/programmes/proposals", OURS.read_text("utf-8")
    made = await net.did(path, of_today(text), "supervisor")
    approval = "/v1/programmes/hoarding_help/versions/1/approval"
    await net.did(approval, {"digest": made["digest"]}, "supervisor_2")
    renamed = text.replace("[囤積家庭陪伴, Homes filled to the ceiling]", "[裁罰名單, To be fined]")
    platform = text.replace("hoarding_help", "programme_refused").replace("[囤積家庭陪伴", "[陪伴").replace(
        "keeping", "already_in"
    )  # fmt: skip
    for wrong, code, said in (
        (renamed, "programme.hoarding_help", "囤積家庭陪伴"),
        (platform, "programme_refused.already_in", "in the programme"),
    ):
        answer = await net.post(path, of_today(wrong, 2), "tainan")
        told = {each["about"]: each["detail"] for each in answer.json()["errors"]}
        assert answer.status_code == 422 and said in told[code], answer.text
    assert (await net.post(path, of_today(text, 2), "tainan")).status_code == 201, "alike, it is theirs too"
    fresh = await net.did(path, of_today(renamed, 2), "supervisor")
    assert fresh["version"] == 2, "a county may call its own programme otherwise, where no other one has it"


async def test_what_was_published_is_read_whatever_the_checker_has_learnt_since(net: Stage) -> None:
    id = await begun(net, "school_dropout", "q")
    kept = net.database["programmes"]
    await kept.update_many({"code": "school_dropout"}, [{"$set": {"text": {"$concat": ["$text", FLAW]}}}])
    again = Versions(net.database)
    await again.prepare()
    before = (await net.get(f"/v1/enrolments/{id}", CENTRE)).json()
    assert await again.get(COUNTY, "school_dropout", before["version"]), "whoever is in it stays in it"


async def test_a_version_that_was_read_is_not_read_again_for_each_enrolment(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = Versions(net.database)
    await versions.prepare()
    monkeypatch.setattr(versions, "_versions", None)
    known = await versions.get(COUNTY, "school_dropout", 1)
    assert known and known.programme.programme == "school_dropout"


async def test_a_household_enters_a_programme_where_somebody_may_see_it_alone(net: Stage) -> None:
    [id] = await on_lists(net, 1)
    asked = {"programme": "leaving_poverty", "entered_by": "roster", "household_id": id}
    assert (await net.post("/v1/enrolments", asked | {"household_id": "none"}, CENTRE)).status_code == 404
    assert (await net.post("/v1/enrolments", asked, POLICE)).status_code == 404
    assert (await net.post("/v1/enrolments", asked, CENTRE)).status_code == 201
    twice = await net.post("/v1/enrolments", asked, CENTRE)
    assert twice.status_code == 409, "it is in this programme already"
