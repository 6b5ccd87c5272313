"""What the network service does with decisions and presses: load, decide, save."""

from collections import Counter
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
            return [told for each, events in effects for told in envelopes(events, each.id, each.trace, at)]

        if made:
            await self._cases.change(_touched([event for _, event in made]), work, at=at)

    async def on_deliveries(self, batch: Sequence[Received[Event]]) -> None:
        """Take in who pressed accept."""
        at = self._clock()
        acks = [(each, each.event) for each in batch if isinstance(each.event, DeliveryAcknowledged)]

        def work(register: Register) -> list[Envelope]:
            effects = [(each, register.acknowledge(ack, cause=each.id)) for each, ack in acks]
            return [told for each, event in effects if event for told in envelopes([event], each.id, each.trace, at)]

        if acks:
            await self._cases.change(Touched(reports=[ack.report_id for _, ack in acks]), work, at=at)


def envelopes(events: Sequence[Event], cause: str, trace: dict[str, str], at: datetime) -> list[Envelope]:
    """Events of this service under ids that follow from their cause; of one kind, each has its own."""
    seen = Counter[str]()
    made: list[Envelope] = []
    for event in events:
        name = f"{event.type}:{before}" if (before := seen[event.type]) else event.type
        seen[event.type] += 1
        id = derived_id("network", cause, name)
        made.append(Envelope.of(event, id=id, source=SOURCE, time=at, trace=trace))
    return made


def _touched(decisions: Sequence[DecisionMade]) -> Touched:
    """The reports with those they belong to, and the families of those that are dispatched."""
    keys = [key for each in decisions if each.outcome in SERVED for key in each.family]
    return Touched(reports=[id for each in decisions for id in (each.report_id, *each.together)], family=keys)
