"""What a press in LINE does when it does not follow, and when something else goes wrong."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from contracts.deliveries import DeliveryAnswered, DeliveryId
from contracts.event import Event
from kit.inbox import Received
from kit.problems import Conflict, Problem, Unavailable
from network.referrals.acts import Acts
from network.referrals.presses import Presses

LABOUR = "chiayi-county/labour"
AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
PRESS = DeliveryAnswered(
    delivery_id=DeliveryId("d1"), referral_id="r1", unit=LABOUR, answer="accepted", answered_by="林專員",
    answered_at=AT,
)  # fmt: skip


def presses(problem: Problem) -> Presses:
    """Presses whose every act ends in this problem."""

    async def get(id: str) -> Any:
        return SimpleNamespace(id=id, to=LABOUR, sent_at=AT)

    async def changed(id: str, change: Callable[..., Any], said: Any) -> None:
        raise problem

    return Presses(cast(Acts, SimpleNamespace(referrals=SimpleNamespace(get=get), changed=changed)))


def received() -> Received[Event]:
    return Received("e1", PRESS, {}, cast(Any, None))


async def test_a_press_that_does_not_follow_changes_nothing_and_is_not_read_again() -> None:
    await presses(Conflict("Withdrawn.", "已撤回。")).on_deliveries([received()])


async def test_a_press_is_not_lost_because_something_was_away_for_a_while() -> None:
    with pytest.raises(Unavailable):
        await presses(Unavailable("Try again.", "請稍後再試。")).on_deliveries([received()])
