"""The fault run in small: LINE takes and says nothing, breaks, refuses; notify is killed; each event is told once."""

import pytest

from tests.chaos.messages import one_run
from tests.parts import Parts

pytestmark = pytest.mark.real


async def test_each_event_is_told_once_or_has_a_reason_and_its_second_channel(parts: Parts) -> None:
    outcome = await one_run(parts, events=240, kills=1)
    assert outcome.is_whole, outcome
    assert (outcome.told_once, outcome.held_and_taken_on, outcome.doubled) == (216, 24, 0)
    assert outcome.asked_line > 240
