"""A partner answers a referral by a press in its group: by name, once, there alone, and not once it is over."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.referrals import SEALED, ReferralAccepted, ReferralRefused, ReferralSent, ReferralWithdrawn
from contracts.topics import REFERRALS
from notify.groups.purposes import Purpose
from notify.groups.store import Binding
from rules.taiwan import taipei_day

from tests.integration.kafka_reading import taken
from tests.integration.notify_stage import (
    COUNTY,
    LEAD,
    FakeLine,
    Stage,
    Wire,
    button_of,
    group_of,
    on_stage,
    press,
    referral_sent,
    settings_of,
)
from tests.waiting import until

pytestmark = pytest.mark.real
POLICE = f"{COUNTY}/police"
GROUP = group_of(POLICE)
TAKE, NOT_US, FULL = 0, 1, 2


@dataclass
class Desk:
    """A notify, its groups, and what network tells of referrals."""

    stage: Stage
    wire: Wire
    line: FakeLine

    async def tell(self, *events: Any) -> None:
        await self.wire.send(REFERRALS, *events)
        await taken(self.wire.bootstrap, self.wire.prefix, "notify", [REFERRALS])

    async def asked(self, unit: str = POLICE) -> tuple[ReferralSent, list[str]]:
        """A referral whose card is in the group, and the tokens of its buttons."""
        event, seen = referral_sent(unit), len(self.line.seen)
        await self.tell(event)
        await until(lambda: len(self.line.seen) > seen)
        card = self.line.seen[-1][1]
        return event, [button_of(card, number) for number in (TAKE, NOT_US, FULL)]

    async def pressed(self, *events: dict[str, Any]) -> list[str]:
        """What the group reads of presses."""
        before = len(self.line.replies)
        assert (await self.stage.webhook(*events)).status_code == 200
        await until(lambda: len(self.line.replies) >= before + len(events))
        return self.line.replies[before:]

    async def answers(self) -> list[dict[str, Any]]:
        return [each for each in await self.wire.published(self.stage) if each["type"] == "delivery.answered"]


def later(event: ReferralSent, kind: Any, **more: Any) -> Any:
    return kind.model_validate(event.model_dump(exclude={"type"}) | more)


def in_days(days: int) -> str:
    return (taipei_day(datetime.now(UTC)) + timedelta(days=days)).isoformat()


@pytest.fixture
async def desk(settings_env: dict[str, str], wire: Wire) -> AsyncIterator[Desk]:
    line = FakeLine(names={"U1": "何店長", "U2": "店員乙"} | {f"U{number}": f"志工{number}" for number in range(3, 23)})
    async with on_stage(settings_of(settings_env), line) as stage:
        yield Desk(stage, wire, line)


async def test_who_is_asked_answers_by_name_once_in_its_group_alone(desk: Desk) -> None:
    event, (take, not_us, _) = await desk.asked()
    assert (await desk.pressed(press(take, group_of(LEAD))))[0].startswith("此按鈕已失效"), "another group"
    assert (await desk.pressed(press(take, "")))[0].startswith("此按鈕已失效"), "one-to-one"
    assert (await desk.pressed(press(take[:-1] + "x", GROUP)))[0].startswith("此按鈕已失效"), "forged"
    assert await desk.answers() == []

    first = press(take, GROUP)
    [told] = await desk.pressed(first)
    assert "何店長" in told and "可受理" in told
    assert (await desk.stage.webhook(first, first)).status_code == 200, "LINE sends it again"
    assert "先前已由 何店長" in (await desk.pressed(press(not_us, GROUP, user="U2")))[0]
    [answer] = await desk.answers()
    assert (answer["referral_id"], answer["unit"], answer["answer"]) == (event.referral_id, POLICE, "accepted")
    assert (answer["answered_by"], answer["bound"]) == ("何店長", False)

    other, (other_take, *_) = await desk.asked()
    await desk.pressed(press(other_take, GROUP, user="U2"))
    assert {each["referral_id"] for each in await desk.answers()} == {event.referral_id, other.referral_id}


async def test_a_refusal_has_its_reason_and_what_is_full_says_until_when_and_may_still_be_taken(desk: Desk) -> None:
    _, (_, not_us, _) = await desk.asked()
    await desk.pressed(press(not_us, GROUP))
    assert await desk.answers() == [], "a refusal without a reason is none"
    reasons = desk.line.reply_cards[-1]["contents"]["footer"]["contents"]
    [out_of_area] = [each["action"]["data"] for each in reasons if each["action"]["label"] == "非服務區域"]
    assert (await desk.pressed(press(out_of_area, group_of(LEAD))))[0].startswith("此按鈕已失效")
    assert "無法受理" in (await desk.pressed(press(out_of_area, GROUP, user="U2")))[0]
    [answer] = await desk.answers()
    assert (answer["answer"], answer["reason"], answer["answered_by"]) == ("refused", "out_of_area", "店員乙")

    _, (take, _, full) = await desk.asked()
    for wrong in (in_days(0), in_days(-1), in_days(200), "soon"):
        assert "尚未回覆" in (await desk.pressed(press(full, GROUP, day=wrong)))[0]
    await desk.pressed(press(full, GROUP, day=in_days(9)))
    await desk.pressed(press(take, GROUP))
    assert [(each["answer"], each.get("expected_on")) for each in (await desk.answers())[1:]] == [
        ("waiting", in_days(9)), ("accepted", None),
    ]  # fmt: skip


async def test_of_all_who_press_at_once_one_answers(desk: Desk) -> None:
    _, (take, not_us, _) = await desk.asked()
    await desk.pressed(press(not_us, GROUP))
    refuse = button_of(desk.line.reply_cards[-1])
    presses = [press((take, refuse)[number % 2], GROUP, user=f"U{number}") for number in range(3, 23)]
    before = len(desk.line.replies)
    await asyncio.gather(*(desk.stage.webhook(each) for each in presses))
    await until(lambda: len(desk.line.replies) == before + 20)
    [answer] = await desk.answers()
    assert sum("先前已由" not in reply for reply in desk.line.replies[before:]) == 1
    assert answer["answered_by"].startswith("志工")


async def test_what_is_over_is_answered_no_more_and_who_pressed_in_vain_hears_of_it(desk: Desk) -> None:
    now = datetime.now(UTC)
    event, (take, *_) = await desk.asked()
    await desk.tell(later(event, ReferralWithdrawn, reason="not_needed", withdrawn_at=now))
    await until(lambda: desk.line.seen[-1][1]["contents"]["header"]["contents"][0]["text"] == "轉介已撤回")
    assert "已撤回" in (await desk.pressed(press(take, GROUP)))[0]

    event, (take, *_) = await desk.asked()
    accepted = {"answer": "accepted", "accepted_at": now}
    await desk.tell(later(event, ReferralAccepted, channel="link", **accepted))
    assert "已由其他方式回覆" in (await desk.pressed(press(take, GROUP)))[0]
    assert await desk.answers() == [], "neither card was answered"

    # Pressed in the instant in which the link answered: network says which of the two counts.
    seen = len(desk.line.seen)
    event, (take, *_) = await desk.asked()
    await desk.pressed(press(take, GROUP))
    await desk.tell(later(event, ReferralRefused, answer="refused", reason="no_need", channel="link", refused_at=now))
    await until(lambda: len(desk.line.seen) == seen + 2)
    assert desk.line.seen[-1][1]["contents"]["header"]["contents"][0]["text"] == "轉介已另行回覆"
    event, (take, *_) = await desk.asked()
    await desk.pressed(press(take, GROUP))
    counted = later(event, ReferralAccepted, channel="line", **accepted)
    await desk.tell(counted)
    await desk.tell(counted)
    assert len(desk.line.seen) == seen + 3, "whose press counts hears nothing more"


async def test_who_has_no_group_is_not_told_and_a_sealed_service_reaches_nobody(desk: Desk) -> None:
    nobody = referral_sent(f"{COUNTY}/provider.pantry")
    await desk.tell(nobody, referral_sent(service=SEALED))
    event, _ = await desk.asked()
    assert await desk.stage.documents.count_documents({"template": "referral_asked"}) == 1
    found = await desk.stage.documents.find_one({"about": event.referral_id})
    assert found and (found["rule"].rpartition("/")[2], found["run"]) == ("all_else", None)


async def test_a_group_that_was_ended_answers_for_nobody(desk: Desk) -> None:
    pantry, theirs = f"{COUNTY}/provider.pantry", group_of("pantry")
    groups = desk.stage.app.state.registry.groups
    await groups.bind(theirs, Binding(Purpose.UNIT_WORK, COUNTY, "officer", datetime.now(UTC), pantry))
    _, (take, *_) = await desk.asked(pantry)
    await groups.end(theirs)
    assert "已失效" in (await desk.pressed(press(take, theirs)))[0]
    assert await desk.answers() == []


async def test_what_is_over_before_its_card_left_is_told_to_nobody(desk: Desk) -> None:
    desk.line.left = 0  # LINE takes nothing more this month, so the card is held
    event = referral_sent()
    await desk.tell(event)

    async def is_held() -> bool:
        return bool(await desk.stage.documents.count_documents({"about": event.referral_id, "reason": "quota"}))

    await until(is_held)
    await desk.tell(later(event, ReferralWithdrawn, reason="not_needed", withdrawn_at=datetime.now(UTC)))
    desk.line.left = None
    found = await desk.stage.documents.find({"about": event.referral_id}).to_list(None)
    assert [(each["state"], each["reason"]) for each in found] == [("acknowledged", "answered")]
    assert desk.line.seen == []


async def test_where_only_colleagues_count_an_unbound_press_answers_nothing(
    settings_env: dict[str, str], wire: Wire
) -> None:
    line = FakeLine(names={"U1": "何店長"})
    async with on_stage(settings_of(settings_env, line_unbound_press="is_seen"), line) as stage:
        desk = Desk(stage, wire, line)
        _, (take, *_) = await desk.asked()
        assert "尚未接案" in (await desk.pressed(press(take, GROUP)))[0]
        assert await desk.answers() == []
