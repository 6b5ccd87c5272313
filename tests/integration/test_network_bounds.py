"""What a worker of one unit may not read of another's, and what leaves the case answers alike when it is repeated."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.network_desk import at_desk
from tests.integration.network_life import ahead, taken
from tests.integration.network_stage import CENTRE, LABOUR, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_what_anothers_unit_owes_is_neither_listed_nor_told_by_where_a_page_begins(net: Stage) -> None:
    id = await taken(net)
    give = {"unit": PROTECTION, "what": "addiction_treatment", "person": "陳社工", "due_at": ahead(5)}
    theirs = (await net.did(f"/v1/cases/{id}/tasks", give, PROTECTION))["id"]
    assert (await net.get("/v1/people/陳社工/owns", PROTECTION, unit=PROTECTION)).json()["tasks"] != []
    answer = await net.get("/v1/people/陳社工/owns", "minxiong", unit=PROTECTION)
    assert answer.status_code == 403 or answer.json()["tasks"] == [], answer.text

    await net.decide(decided("r2", "welfare_centre", family=["b"]))
    mine = (await net.case_of("r2"))["case_id"]
    await net.did(f"/v1/cases/{mine}/acceptances", {"report_id": "r2", "accepted_by": "林社工"}, CENTRE)
    await net.did(f"/v1/cases/{mine}/tasks", {"unit": CENTRE, "what": "y", "due_at": ahead(2)}, CENTRE)
    from_none, from_theirs = [(await net.get("/v1/tasks", "minxiong", after=after)) for after in ("none", theirs)]
    assert from_none.json() == from_theirs.json() and from_none.status_code == 422


async def test_an_act_that_took_the_case_out_of_ones_sight_is_answered_alike_when_it_is_repeated(net: Stage) -> None:
    id = await taken(net)
    ask = {"unit": LABOUR, "due_at": ahead(1)}
    part = (await net.did(f"/v1/cases/{id}/collaborators", ask, PROTECTION))["collaboration_id"]
    offer = (await net.did(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "leaves"}, PROTECTION))["handover_id"]
    for path, who in ((f"/v1/collaborations/{part}/refusal", LABOUR), (f"/v1/handovers/{offer}/refusal", CENTRE)):
        first, second = [await net.post(path, {"reason": "no_capacity"}, who, key="k") for _ in range(2)]
        assert (first.status_code, first.json()) == (200, second.json()), path


async def test_a_key_of_long_ago_opens_no_case_that_went_to_another_unit(net: Stage) -> None:
    await net.decide(decided("r1", family=["a"]))
    id = (await net.case_of("r1"))["case_id"]
    taking = f"/v1/cases/{id}/acceptances", {"report_id": "r1", "accepted_by": "陳社工"}, PROTECTION
    assert (await net.post(*taking, key="long ago")).status_code == 200
    offer = await net.did(f"/v1/cases/{id}/handovers", {"to": CENTRE, "reason": "area_changed"}, PROTECTION)
    await net.did(f"/v1/handovers/{offer['handover_id']}/acceptance", {"by": "林社工"}, CENTRE)
    assert (await net.get(f"/v1/cases/{id}", PROTECTION)).status_code == 404
    assert (await net.post(*taking, key="long ago")).status_code == 404


async def test_a_place_at_the_ends_of_the_calendar_is_no_place_and_no_fault(net: Stage) -> None:
    id = await taken(net)
    ends = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "1151120")
    async with at_desk(net, "supervisor") as head:
        for since in ends:
            page = await head.http.get(f"/cases/{id}", params={"after": id, "since": since})
            assert page.status_code == 200, since
    for since in ends:
        for path, asked in (
            (f"/v1/cases/{id}/timeline", {"after": id, "since": since}),
            ("/v1/tasks", {"due_before": since}),
        ):
            answer = await net.get(path, "supervisor", **asked)
            assert answer.status_code == 422, (path, since, answer.text)
