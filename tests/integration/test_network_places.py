"""A page begins behind a place, whatever became of who stood there; a place that somebody makes up tells nothing."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.paging import place_of

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ago, ahead, taken
from tests.integration.network_meeting import SECRETARY, planned
from tests.integration.network_recording import record
from tests.integration.network_stage import CENTRE, CITY, COUNTY, POLICE, PROTECTION, Stage, stage

pytestmark = pytest.mark.real
NAMED = {"name": "林小美", "birth_date": "2019-03-12"}
ON_LIST = {"list": "high_risk_domestic_violence", "because": "judged"}
LISTS = {
    "/v1/cases": "supervisor", "/v1/cases/{case}/contacts": "supervisor", "/v1/tasks": "supervisor",
    "/v1/referrals": "supervisor", "/v1/staff-warnings": PROTECTION, "/v1/linkings": "officer",
    "/v1/records": "supervisor", "/v1/early-warnings": "supervisor", "/v1/looks": "supervisor",
    "/v1/meetings": SECRETARY, "/v1/listings": SECRETARY, "/v1/enrolments": "supervisor", "/v1/signals": "supervisor",
    "/v1/village-sheets": "supervisor", "/v1/households": "supervisor",
}  # fmt: skip
PAGES = (
    "/cases", "/cases?serial=abc", "/friday/unseen", "/friday/waiting_for_a_worker", "/today/all", "/looks", "/askings",
    "/warnings", "/referrals", "/linkings", "/early-warnings", "/village-sheets", "/records", "/households",
    "/programmes/school_dropout?county=chiayi-county", "/programmes/school_dropout/entries?county=chiayi-county",
)  # fmt: skip
NONE = (
    "9" * 99, "0.\n", "١٢٣.x", "１.x", "1.", ".1", "1", "1e9.x", "nan.x", "x" * 100,
    "00000000-0000-4000-8000-000000000000",
)  # fmt: skip
FORGED = (
    "9" * 15 + ".x", "-" + "9" * 15 + ".x", "-0.x", "0." + "f" * 24, "0.\x00", "1.2.3", "0." + "𠮷" * 80, *NONE
)  # fmt: skip


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env | {"fhir": "true"}) as running:
        yield running


async def led_elsewhere(net: Stage, case: str) -> None:
    """A case of the protection team that the centre has taken over: it is out of their sight, with its referrals."""
    offer = await net.did(f"/v1/cases/{case}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
    await net.did(f"/v1/handovers/{offer['handover_id']}/acceptance", {"by": "林社工"}, CENTRE)
    assert (await net.get(f"/v1/cases/{case}", PROTECTION)).status_code == 404


@pytest.mark.parametrize(("shown", "id"), [("cases", "case_id"), ("referrals", "referral_id")])
async def test_who_reads_on_after_the_last_of_a_page_went_out_of_their_sight_goes_on_behind_it(
    net: Stage, shown: str, id: str
) -> None:
    cases = [await taken(net, f"r{n}", family=[f"f{n}"], people=()) for n in range(4)]
    for case in cases:
        await net.did("/v1/referrals", {"service": "counselling", "case_id": case, "to": POLICE}, PROTECTION)
    whole = (await net.get(f"/v1/{shown}", PROTECTION)).json()
    first = (await net.get(f"/v1/{shown}", PROTECTION, limit=2)).json()
    await led_elsewhere(net, cases[2])
    assert first[shown][1][id] not in (await net.get(f"/v1/{shown}", PROTECTION)).text
    rest = (await net.get(f"/v1/{shown}", PROTECTION, after=first["next"])).json()
    assert [each[id] for page in (first, rest) for each in page[shown]] == [each[id] for each in whole[shown]]
    assert rest["next"] is None and len(whole[shown]) == 4


async def test_a_meeting_that_was_moved_meanwhile_takes_none_along_that_stood_behind_it(net: Stage) -> None:
    days = [f"2030-01-{day:02}T10:00:00+08:00" for day in (7, 8, 9, 11)]
    one, two, three, four = [await planned(net, day) for day in days]
    page = (await net.get("/v1/meetings", SECRETARY, limit=2)).json()
    assert [each["meeting_id"] for each in page["meetings"]] == [one, two]
    await net.did(f"/v1/meetings/{two}/date", {"at": "2030-01-10T10:00:00+08:00", "reason": "chair_away"}, SECRETARY)
    rest = (await net.get("/v1/meetings", SECRETARY, after=page["next"])).json()
    assert [each["meeting_id"] for each in rest["meetings"]] == [three, two, four]


@pytest.mark.parametrize(
    ("path", "collection", "field"),
    [
        ("/v1/meetings", "meetings", "at"),
        ("/v1/records", "records", "at"),
        ("/v1/enrolments", "enrolments", "begun_at"),
    ],
)
async def test_the_id_of_what_is_not_theirs_tells_nothing_of_when_it_was(
    net: Stage, path: str, collection: str, field: str
) -> None:
    """In another county, between the first and the last of ours: what stands on either side of it is all listed."""
    for day in (1, 2):
        await planned(net, ahead(day))
        await record(net, of="posts", group="all", role="worker", month="2021-09", posts=day, filled=day)
        begun = {"programme": "school_dropout", "county": COUNTY, "entered_by": "roster", "at": ago(day)}
        await net.did("/v1/enrolments", begun | {"person": f"child-{day}"}, "supervisor")
    first, last = await net.database[collection].find().sort(field, 1).to_list(None)
    between = first[field] + (last[field] - first[field]) / 2
    await net.database[collection].insert_one(first | {"_id": "theirs", "county": CITY, field: between})
    theirs, nobodys = [await net.get(path, LISTS[path], after=id) for id in ("theirs", "nobody's")]
    assert theirs.status_code == nobodys.status_code == 422 and theirs.json() == nobodys.json()
    whole, behind = [
        (await net.get(path, LISTS[path], after=after)).json()[collection]
        for after in ("", place_of(between, "theirs"))
    ]
    assert (len(whole), len(behind)) == (2, 1), "a place between ours, whoever stands there"


async def test_a_unit_reads_lists_of_its_county_without_learning_when_anothers_case_was_listed(net: Stage) -> None:
    cases = [await taken(net, f"r{n}", family=[f"f{n}"], people=()) for n in range(4)]
    made = [(await net.did(f"/v1/cases/{each}/listings", ON_LIST, SECRETARY))["listing_id"] for each in cases]
    for each in (cases[1], cases[3]):
        await led_elsewhere(net, each)
    pages: list[dict[str, Any]] = [{"next": ""}]
    while pages[-1]["next"] is not None:
        pages.append((await net.get("/v1/listings", PROTECTION, limit=1, after=pages[-1]["next"])).json())
    assert [each["listing_id"] for page in pages[1:] for each in page["listings"]] == [made[0], made[2]]
    assert [page["next"].partition(".")[2] for page in pages[1:-1]] == [made[0]]


async def test_a_page_of_a_units_listings_is_full_of_theirs_those_too_of_what_became_part_of_their_case(
    net: Stage,
) -> None:
    cases = [await taken(net, f"r{n}", family=[f"f{n}"], people=()) for n in range(4)]
    made = [(await net.did(f"/v1/cases/{each}/listings", ON_LIST, SECRETARY))["listing_id"] for each in cases]
    for each in cases[:3]:
        await led_elsewhere(net, each)

    async def theirs(role: str) -> list[str]:
        page = (await net.get("/v1/listings", role, limit=2)).json()
        return [each["listing_id"] for each in page["listings"]]

    assert (await theirs(PROTECTION), await theirs(CENTRE)) == (made[3:], made[:2])
    asked = await net.did(
        f"/v1/cases/{cases[3]}/merges", {"case_id": cases[0], "reason": "same_household"}, "supervisor"
    )
    await net.did(f"/v1/merges/{asked['merge_id']}/approval", {}, "supervisor_2")
    assert await theirs(PROTECTION) == [made[0], made[3]]
    await net.did(f"/v1/merges/{asked['merge_id']}/undo", {"reason": "not_one_family"}, "supervisor")
    assert (await theirs(PROTECTION), await theirs(CENTRE)) == (made[3:], made[:2])


async def test_who_looks_for_a_person_behind_a_place_is_on_record_though_nobody_is_found(net: Stage) -> None:
    for after in ("", "9" * 15 + ".x", "0.x"):
        assert (await net.did("/v1/cases/searches", NAMED | {"after": after}, PROTECTION))["cases"] == []
    assert len((await net.get("/v1/looks", "supervisor")).json()["looks"]) == 3


async def test_a_place_that_somebody_makes_up_is_answered_and_what_is_none_is_refused_but_by_a_page(
    net: Stage,
) -> None:
    case = await taken(net)
    await record(net, of="posts", group="all", role="worker", month="2021-09", posts=1, filled=1)
    await planned(net, ahead(1))
    await net.did(f"/v1/cases/{case}/listings", ON_LIST, SECRETARY)
    for path, role in LISTS.items():
        for forged in FORGED:
            answer = await net.get(path.format(case=case), role, after=forged)
            assert answer.status_code == (422 if forged in NONE else 200), (path, forged, answer.text)
            assert forged not in NONE or len(forged) > 100 or "Send the `next` of the page before" in answer.text
        whole, start = [(await net.get(path.format(case=case), role, **asked)).json() for asked in ({}, {"after": ""})]
        assert whole == start, path
    for forged in FORGED:
        found = await net.get("/fhir/Task", "partner", _after=forged)
        sought = await net.post("/v1/cases/searches", NAMED | {"after": forged}, PROTECTION)
        answers, refused = (found.status_code, sought.status_code), ((400, 422), (422, 422))
        assert answers in refused if forged in NONE else answers == (200, 200), (forged, found.text, sought.text)
    async with at_desk(net, "supervisor") as head:
        for path in (*PAGES, f"/cases/{case}"):
            for forged in FORGED:
                page = await head.http.get(path, params={"after": forged, "contacts_after": forged})
                assert page.status_code == 200, (path, forged)
