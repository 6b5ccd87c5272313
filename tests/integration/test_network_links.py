"""A partner without an account answers one referral by a one-time link: nothing else, once, under a name."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from network.referrals.links import store

from tests.integration.network_desk import at_desk
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_stage import PROTECTION, Stage, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


@pytest.fixture
async def phone(net: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's telephone: no account, no cookie."""
    transport = httpx.ASGITransport(app=net.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://network") as http:
        await http.get("/sign-in?lang=en")
        yield http


async def linked(net: Stage, referral: dict[str, Any], **more: Any) -> str:
    made = await net.did(f"/v1/referrals/{referral['referral_id']}/links", more, PROTECTION)
    return urlsplit(str(made["link"])).path


async def sent(net: Stage) -> dict[str, Any]:
    await keep(net, "hope")
    return await refer(net, await case_in_hand(net), asked_for=["counselling"])


async def test_a_partner_takes_a_referral_on_and_reads_once_what_was_written(
    net: Stage, phone: httpx.AsyncClient
) -> None:
    referral = await sent(net)
    path = await linked(net, referral)
    secret = path.rpartition("/")[2]
    assert len(secret) >= 43  # 256 bits
    kept = await net.database["referral_links"].find().to_list(None)
    assert secret not in json.dumps(kept, default=str)

    page = await phone.get(path)
    assert page.status_code == 200 and page.headers["referrer-policy"] == "no-referrer"
    assert not [each for each in ("canary", referral["case_id"][:8], "林") if each in page.text]
    nameless = await phone.post(path, data={"act": "acceptance"})
    assert nameless.status_code == 422 and "required" in nameless.text
    later = await phone.post(path, data={"act": "waiting", "name": "黃窗口", "expected": ""})
    assert later.status_code == 422
    assert (await phone.post(path, data={"name": "黃窗口"})).status_code == 422

    taken = await phone.post(path, data={"act": "acceptance", "name": "黃窗口"})
    assert taken.status_code == 200 and "canary-note" in taken.text
    again = await phone.post(path, data={"act": "acceptance", "name": "黃窗口"})
    assert again.status_code == 200 and "canary" not in again.text
    assert (await phone.get(path)).status_code == 404

    told = (await net.get(f"/v1/referrals/{referral['referral_id']}", PROTECTION)).json()
    assert told["state"] == "accepted"
    assert (told["answered_by"]["by"], told["answered_by"]["channel"]) == ("黃窗口", "link")
    assert [line["what"] for line in told["history"]] == ["sent", "accepted"]
    [look] = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert (look["by"], look["contact_id"]) == ("黃窗口", referral["referral_id"])

    outcome = await linked(net, referral)
    assert "canary" not in (await phone.get(outcome)).text
    wrong = await phone.post(outcome, data={"act": "completion", "name": "黃窗口", "outcome": "magic"})
    assert wrong.status_code == 422
    done = await phone.post(outcome, data={"act": "completion", "name": "黃窗口", "outcome": "goals_met"})
    assert done.status_code == 200
    told = (await net.get(f"/v1/referrals/{referral['referral_id']}", PROTECTION)).json()
    assert (told["state"], told["outcome"], told["confirmed_by_person"]) == ("done", "goals_met", None)
    assert (await net.post(f"/v1/referrals/{referral['referral_id']}/links", {}, PROTECTION)).status_code == 409


async def test_a_link_that_is_unknown_over_or_revoked_opens_nothing_and_all_look_alike(
    net: Stage, phone: httpx.AsyncClient
) -> None:
    referral = await sent(net)
    revoked, over = await linked(net, referral), await linked(net, referral)
    revocation = f"/v1/referrals/{referral['referral_id']}/links/revocation"
    assert await net.did(revocation, {}, PROTECTION) == {"revoked": 2}
    alive = await linked(net, referral, days=1)
    await net.database["referral_links"].update_one(
        {"_id": store._digest(over.rpartition("/")[2])},
        {"$set": {"ended": None, "expires_at": datetime.now(UTC) - timedelta(seconds=1)}},
    )
    answers = [await phone.get(each) for each in (revoked, over, "/answer/guess")]
    answers += [await phone.post(each, data={"act": "acceptance", "name": "黃"}) for each in (revoked, over)]
    assert {each.status_code for each in answers} == {404}
    assert len({each.text.partition("<main")[2] for each in answers}) == 1
    assert (await phone.get(alive)).status_code == 200


async def test_whoever_asks_too_often_waits(
    net: Stage, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_TRIES", 3)
    answers = [(await phone.get("/answer/guess")) for _ in range(4)]
    assert [each.status_code for each in answers] == [404, 404, 404, 429]
    assert answers[-1].headers["retry-after"] == "900"


async def test_a_referral_that_moved_on_is_told_and_not_written_over(net: Stage, phone: httpx.AsyncClient) -> None:
    referral = await sent(net)
    path = await linked(net, referral)
    await net.did(f"/v1/referrals/{referral['referral_id']}/withdrawal", {}, PROTECTION)
    over = await phone.get(path)
    assert over.status_code == 200 and "<form" not in over.text and "canary" not in over.text
    assert "ithdrawn" in over.text.partition('id="over"')[2]
    late = await phone.post(path, data={"act": "refusal", "reason": "no_capacity", "name": "黃"})
    assert late.status_code == 409 and "withdrawn" in late.text


async def test_who_sent_it_makes_the_link_at_the_page_and_revokes_it(net: Stage, phone: httpx.AsyncClient) -> None:
    referral = await sent(net)
    page = f"/referrals/{referral['referral_id']}"
    async with at_desk(net, PROTECTION) as worker:
        made = await worker.does(page, f"{page}/links")
        path = urlsplit(made.part("links").partition("<code>")[2].partition("</code>")[0]).path
        assert (await phone.get(path)).status_code == 200
        await worker.does(page, f"{page}/revocation")
    assert (await phone.get(path)).status_code == 404


async def test_who_took_it_on_by_another_channel_reads_by_the_link_what_was_written_and_may_still_end_it(
    net: Stage, phone: httpx.AsyncClient
) -> None:
    referral = await sent(net)
    path, told = await linked(net, referral), {"name": "黃窗口"}
    early = await phone.post(path, data=told | {"act": "words"})
    assert early.status_code == 422 and "canary" not in early.text, "nobody took it on"
    by_telephone = {"answered_by": {"name": "黃窗口", "channel": "telephone"}}
    await net.did(f"/v1/referrals/{referral['referral_id']}/acceptance", by_telephone, PROTECTION)
    nameless = await phone.post(path, data={"act": "words", "name": ""})
    assert nameless.status_code == 422 and "canary" not in nameless.text
    assert "canary-note" in (await phone.post(path, data=told | {"act": "words"})).text
    looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
    assert [(each["by"], each["what"]) for each in looks] == [("黃窗口", "referral")]
    ended = await phone.post(path, data=told | {"act": "completion", "outcome": "served"})
    assert ended.status_code == 200
    assert "canary" not in (await phone.post(path, data=told | {"act": "words"})).text, "a used link reads nothing"
