"""Raises alerts, keeps answers, and reminds whoever owes one. What is said is sealed under a key of its alert."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from contracts.event import Personal, Sealed, derived_id
from kit.repeating import repeating
from kit.sealed import KeyVault
from kit.telemetry import log

from notify.alerts.store import Alerts
from notify.domain.news import (
    PURPOSE,
    Alert,
    Owed,
    after_reminder,
    asked,
    bureaus_of,
    first_reminder,
    raised,
    reminders,
)
from notify.domain.notices import Notice
from notify.domain.schedule import Watch
from notify.groups.store import Groups
from notify.store import Delivery
from notify.writing import Writer

LOOK_EVERY = 5.0
MOST = 100


@dataclass(frozen=True)
class Raised:
    """What somebody wants to be answered: in a county, about a subject, with a link, by a time, by these units."""

    county: str
    subject: str
    link: str | None
    answer_by: datetime
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Desk:
    """`wake` tells the pusher that there is something to send."""

    alerts: Alerts
    groups: Groups
    vault: KeyVault
    writer: Writer
    watch: Watch
    wake: Callable[[], None]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with repeating(self.remind_due, name="alerts", every=LOOK_EVERY):
            yield

    async def raise_(self, wanted: Raised, by: str, id: str) -> Alert:
        """The alert, told to the county's group for the news, else to each unit that owes; the same one for one id."""
        if known := await self.alerts.of(id):
            return known
        now = datetime.now(UTC)
        owner, values = f"alert:{id}", {"subject": wanted.subject} | ({"link": wanted.link} if wanted.link else {})
        known_units = {*self.writer.settled, *await self.groups.units()}
        units = wanted.units or bureaus_of(wanted.county, self.watch.bureaus, known_units)
        next_at = first_reminder(wanted.answer_by, self.watch.remind_before, now)
        alert = Alert(
            id, wanted.county, by, now, wanted.answer_by, await self._seal(owner, values), owner,
            tuple(Owed(unit) for unit in units), next_at=next_at,
        )  # fmt: skip
        await self.alerts.raise_(alert, await self._first(alert, now))
        self.wake()
        return await self.alerts.of(id) or alert

    async def answer(self, alert: Alert, owed: Owed, says: str | None) -> bool:
        """Keep what a unit answers; False when it has answered already."""
        sealed = await self._seal(alert.owner, {"says": says}) if says else None
        return await self.alerts.answer(alert.id, replace(owed, says=sealed))

    async def told(self, sealed: Sequence[str | None]) -> list[dict[str, str]]:
        """What was sealed; nothing where there was nothing, or its key was destroyed."""
        opened = await self.vault.open([Sealed(each) for each in sealed if each])
        found = iter(opened)
        values = [next(found) if each else None for each in sealed]
        return [{name: str(value) for name, value in (each or {}).items()} for each in values]

    async def remind_due(self) -> None:
        """One round: each reminder is taken once, together with its messages, whichever replica comes first."""
        now = datetime.now(UTC)
        for alert in await self.alerts.due(now, MOST):
            step, next_at = after_reminder(alert)
            told = await self._to_units(alert, reminders(alert), now)
            if await self.alerts.remind(alert, step, next_at, told, now):
                log.warning("alert_unanswered", alert_id=alert.id, state=step, number=len(alert.silent))
                self.wake()

    async def _first(self, alert: Alert, now: datetime) -> list[Delivery]:
        groups = await self.groups.of_purpose({PURPOSE}, {alert.county})
        if not groups:
            return await self._to_units(alert, asked(alert), now)
        return [self._message(alert, raised(alert), each["_id"], now) for each in groups]

    async def _to_units(self, alert: Alert, notices: Sequence[Notice], now: datetime) -> list[Delivery]:
        groups = await self.writer.groups_of({notice.unit for notice in notices})
        return [self._message(alert, notice, groups.get(notice.unit), now) for notice in notices]

    def _message(self, alert: Alert, notice: Notice, group: str | None, now: datetime) -> Delivery:
        key = f"{notice.template}:{notice.unit}:{notice.lead or ''}:{group or ''}"
        delivery = self.writer.write(str(derived_id("notify", alert.id, key)), notice, group, now, {})
        return replace(delivery, rule="media_watch", because=f"an alert of {alert.county} owes answers")

    async def _seal(self, owner: str, values: dict[str, str]) -> str:
        key = self.vault.new_key(owner, Personal.scope)
        await self.vault.keep([key])
        return str(key.seal(values))
