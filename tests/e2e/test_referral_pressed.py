"""A family is referred, the partner's group has a card, somebody there presses: it is answered, by name."""

import json
from typing import Any

from line_standin.webhook import signature

from tests.e2e.inprocess import TOKEN, Inside, every_record, group_id, inside
from tests.integration.notify_stage import press
from tests.parts import Names, Parts
from tests.waiting import until

COUNTY = "chiayi-county"
HOPE = f"{COUNTY}/provider.hope"
GROUP = group_id(HOPE)
PERSON, NOTE = "金絲雀林小美", "金絲雀請先致電"


def cards(services: Inside) -> list[dict[str, Any]]:
    """What the partner's group sees."""
    shown = services.apps["line"].state.channel.shown.values()
    return [each.body for each in shown if each.group_id == GROUP]


async def did(services: Inside, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await services.http["network"].request(method, path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def test_from_the_referral_to_the_press_and_back(
    settings_env: dict[str, str], parts: Parts, names: Names
) -> None:
    async with inside(settings_env) as services:
        offer = {"id": "food", "service": "food_bank"}
        await did(services, "PUT", "/v1/directory/hope", {"county": COUNTY, "name": "希望協會", "services": [offer]})
        body = {"service": "food_bank", "county": COUNTY, "person": {"name": PERSON}, "note": NOTE}
        sent = await did(services, "POST", "/v1/referrals", body)
        await until(lambda: cards(services), 60)
        [card] = cards(services)
        take = card["contents"]["footer"]["contents"][0]["action"]["data"]
        [member, *_] = services.apps["line"].state.channel.groups[GROUP].members.values()
        told = {"destination": "U" + "0" * 32, "events": [press(take, GROUP, user=member.user_id)]}
        pressed = json.dumps(told).encode()
        signed = {"x-line-signature": signature("channel-secret", pressed)}
        for _ in range(2):  # LINE may send it again
            answer = await services.http["notify"].post("/webhooks/line", content=pressed, headers=signed)
            assert answer.status_code == 200

        async def answered() -> dict[str, Any]:
            found = await services.get("network", f"/v1/referrals/{sent['referral_id']}")
            return found if found["state"] == "accepted" else {}

        found = await until(answered, 60)
        by = found["answered_by"]
        assert (by["by"], by["channel"], by["written_by"]) == (member.name, "line", None)
        assert [each["what"] for each in found["history"]] == ["sent", "accepted"]
        whole = repr(await every_record(parts.kafka, names.topics)) + json.dumps(cards(services), ensure_ascii=False)
    assert PERSON not in whole and NOTE not in whole
