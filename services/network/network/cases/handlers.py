"""What the network service does with decisions and presses: load, decide, save."""

from collections.abc import Callable, Sequence
from datetime import datetime

from contracts.decisions import SERVED, DecisionMade
from contracts.deliveries import DeliveryAcknowledged
from contracts.event import Envelope, Event, derived_id
from kit.inbox import Received

from network.cases.domain.register import Register
from network.cases.store import Cases, Touched
from network.clock import SOURCE, now


class Handlers:
    """What happens to the register on each event."""

    def __init__(self, cases: Cases, clock: Callable[[], datetime] = now) -> None:
        self._cases = cases
        self._clock = clock

    async def on_decisions(self, batch: Sequence[Received[Event]]) -> None:
        """Open a case, join one, reopen one, or remember why there is none."""
        at = self._clock()
        made = [(each, each.event) for each in batch if isinstance(each.event, DecisionMade)]

        def work(register: Register) -> list[Envelope]:
            effects = [(each, register.decide(event, cause=each.id, at=at)) for each, event in made]
            return [envelope(event, each.id, each.trace, at) for each, events in effects for event in events]

        if made:
            await self._cases.change(_touched([event for _, event in made]), work, at=at)

    async def on_deliveries(self, batch: Sequence[Received[Event]]) -> None:
        """Take in who pressed accept."""
        at = self._clock()
        acks = [(each, each.event) for each in batch if isinstance(each.event, DeliveryAcknowledged)]

        def work(register: Register) -> list[Envelope]:
            effects = [(each, register.acknowledge(ack, cause=each.id)) for each, ack in acks]
            return [envelope(event, each.id, each.trace, at) for each, event in effects if event]

        if acks:
            await self._cases.change(Touched(reports=[ack.report_id for _, ack in acks]), work, at=at)


def envelope(event: Event, cause: str, trace: dict[str, str], at: datetime) -> Envelope:
    """An event of this service under an id that follows from its cause."""
    return Envelope.of(event, id=derived_id("network", cause, event.type), source=SOURCE, time=at, trace=trace)


def _touched(decisions: Sequence[DecisionMade]) -> Touched:
    """The reports with those they belong to, and the families of those that are dispatched."""
    keys = [key for each in decisions if each.outcome in SERVED for key in each.family]
    return Touched(reports=[id for each in decisions for id in (each.report_id, *each.together)], family=keys)
