"""A press in LINE answers a referral as a link does: by name, by its channel, once, and only who was asked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from contracts.deliveries import DeliveryAnswered, DeliveryId
from contracts.topics import DELIVERIES, REFERRALS
from kit.inbox import Permanent, Received
from network.referrals.presses import Presses
from rules.spans import TAIPEI

from tests.integration.kafka_reading import all_sent, on_topic
from tests.integration.network_referring import case_in_hand, keep, refer
from tests.integration.network_stage import HOPE, POLICE, PROTECTION, Stage, stage
from tests.waiting import until

pytestmark = pytest.mark.real
ALIKE = 12
"""How often the three channels answer at one instant."""


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


def pressed(referral: dict[str, Any], answer: str = "accepted", **more: Any) -> DeliveryAnswered:
    facts = {
        "delivery_id": DeliveryId(str(uuid4())), "referral_id": referral["referral_id"], "unit": HOPE,
        "answer": answer, "answered_by": "何店長", "answered_at": datetime.now(UTC),
    }  # fmt: skip
    return DeliveryAnswered.model_validate(facts | more)


async def take(net: Stage, event: DeliveryAnswered, id: str = "") -> None:
    """What network does with the event, as it comes from Kafka."""
    one: Any = Received(id or str(uuid4()), event, {}, cast("Any", None))
    await Presses(net.app.state.referrals).on_deliveries([one])


async def now_is(net: Stage, referral: dict[str, Any]) -> dict[str, Any]:
    return dict((await net.get(f"/v1/referrals/{referral['referral_id']}", PROTECTION)).json())


async def test_a_press_answers_by_name_and_channel_and_a_repeat_changes_nothing(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    referral = await refer(net, case_id)
    event = pressed(referral)
    await net.tell(DELIVERIES, event)

    async def is_taken() -> bool:
        return bool((await now_is(net, referral))["state"] == "accepted")

    await until(is_taken)
    await take(net, event, "again")  # another event of the same press: it does not follow, and changes nothing
    for id in ("same", "same"):
        await take(net, event, id)
    found = await now_is(net, referral)
    by = found["answered_by"]
    assert (by["by"], by["channel"], by["written_by"]) == ("何店長", "line", None)
    assert [each["what"] for each in found["history"]] == ["sent", "accepted"]
    tasks = (await net.get("/v1/tasks", PROTECTION, unit=PROTECTION)).json()["tasks"]
    assert "follow_start" in [each["what"] for each in tasks]
    await all_sent(net.database["referrals"])
    records = await on_topic(net.kafka, net.prefix, REFERRALS)
    assert [dict(each.headers)["ce_type"].decode() for each in records] == ["referral.sent", "referral.accepted"]


async def test_what_waits_and_what_is_refused_by_a_press(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    referral = await refer(net, case_id)
    day = datetime.now(TAIPEI).date() + timedelta(days=9)
    await take(net, pressed(referral, "waiting", expected_on=day))
    found = await now_is(net, referral)
    assert (found["state"], datetime.fromisoformat(found["expected"]).astimezone(TAIPEI).date()) == ("waiting", day)
    # An answer that was held up for days: what was said stays said, and somebody is owed it at once.
    await take(net, pressed(referral, "waiting", expected_on=date(2026, 1, 1)))
    await take(net, pressed(referral, "refused", reason="no_capacity"))
    found = await now_is(net, referral)
    assert (found["state"], found["reason"], found["answered_by"]["channel"]) == ("refused", "no_capacity", "line")
    for wrong in (pressed(referral, "refused", reason="because"), pressed(referral, "waiting")):
        with pytest.raises(Permanent):
            await take(net, wrong)


async def test_a_press_of_another_unit_or_after_a_withdrawal_or_a_return_changes_nothing(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    first = await refer(net, case_id)
    for wrong in (pressed(first, unit=POLICE), pressed({"referral_id": "nobodys"})):
        with pytest.raises(Permanent):
            await take(net, wrong)
    await take(net, pressed(first, "refused", reason="no_capacity"))
    again = await refer(net, case_id, to="hope", instead_of=first["referral_id"])
    await take(net, pressed(first))  # the card of before it came back
    assert [(await now_is(net, each))["state"] for each in (first, again)] == ["refused", "sent"]
    await net.did(f"/v1/referrals/{again['referral_id']}/withdrawal", {}, PROTECTION)
    await take(net, pressed(again))
    assert (await now_is(net, again))["state"] == "withdrawn"


async def test_of_link_press_and_telephone_at_one_instant_one_answers(net: Stage) -> None:
    await keep(net, "hope")
    case_id = await case_in_hand(net)
    transport = httpx.ASGITransport(app=net.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://network") as phone:
        for _ in range(ALIKE):
            referral = await refer(net, case_id)
            path = f"/v1/referrals/{referral['referral_id']}"
            link = urlsplit((await net.did(f"{path}/links", {}, PROTECTION))["link"]).path
            told = {"reason": "no_capacity", "answered_by": {"name": "黃窗口", "channel": "telephone"}}
            behind = {"act": "refusal", "reason": "out_of_area", "name": "林窗口"}
            await asyncio.gather(
                phone.post(link, data=behind),
                take(net, pressed(referral)),
                net.post(f"{path}/refusal", told, PROTECTION),
            )
            found = await now_is(net, referral)
            assert [each["what"] for each in found["history"][1:]] == [found["state"]]
            names = {"line": "何店長", "telephone": "黃窗口", "link": "林窗口"}
            by = found["answered_by"]
            assert by["by"] == names[by["channel"]]
