"""Telling dispatch who is silent: a snapshot per county whenever it changes, and every few minutes anyway."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from contracts.event import Envelope
from contracts.reports import SendersHeard
from contracts.topics import COUNTS
from kit.outbox import Outgoing, Publish

from intake.arrivals import SOURCE
from intake.domain.rhythm import CountySenders


class Heard:
    """Publishes `senders.heard`; knows what each county was told last, and when."""

    def __init__(self, publish: Publish, *, every: float) -> None:
        self._publish = publish
        self._every = timedelta(seconds=every)
        self._told: dict[str, tuple[frozenset[str], datetime]] = {}

    async def tell(self, counties: Mapping[str, CountySenders], now: datetime) -> None:
        """Publish what changed, and what was not published for a while. What fails is tried next time."""
        for county, senders in sorted(counties.items()):
            silent = frozenset(each.agency_id for each in senders.silent)
            before, at = self._told.get(county, (None, now))
            if silent == before and now - at < self._every:
                continue
            event = SendersHeard(
                county=county,
                silent=tuple(each.told() for each in senders.silent),
                heard=senders.heard,
                listened_at=now,
            )
            await self._publish(Outgoing.of(COUNTS, Envelope.of(event, id=uuid4(), source=SOURCE, time=now, trace={})))
            self._told[county] = silent, now
