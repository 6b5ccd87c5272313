"""A supervisor says that a day is off in their county, or worked, or takes that back."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from contracts.calendar import DayTold
from contracts.event import Code, Model
from contracts.words import DAY_REASONS
from kit.problems import Conflict, Forbidden, NotFound
from rules.calendars import Calendar
from rules.counties import settings_of
from rules.spans import TAIPEI

from dispatch.domain.report.actor import Actor, Sees, made_by
from dispatch.window.acts import invalid
from dispatch.window.days.store import Calendars

AHEAD = timedelta(days=366)
TRIES = 5


class Said(Model):
    """What is said of a day: `off` or `worked`, and why."""

    day: date
    works: bool = False
    reason: Code


class Days:
    """Keeps what counties say of their days; of two who speak at once each is heard after the other."""

    def __init__(self, calendars: Calendars, now: Callable[[], datetime]) -> None:
        self._calendars = calendars
        self.now = now

    async def say(self, county: str, said: Said, by: Actor, key: str = "") -> DayTold:
        """Say that a day is off, or worked; under the same `key` once.

        Raises Unprocessable for a day too long ago or too far ahead, Conflict for one that is so already.
        """

        def entry(calendar: Calendar, at: datetime) -> DayTold:
            _must_be_near(county, said.day, at)
            if calendar.works(said.day) == said.works:
                raise _so_already(calendar.latest(said.day), works=said.works)
            says = "worked" if said.works else "off"
            return _told(made_by(by, key), said.day, says, said.reason, by, at)

        return await self._add(county, entry, by, key, said.day)

    async def withdraw(self, id: str, reason: str, by: Actor, sees: Sees, key: str = "") -> tuple[str, DayTold]:
        """Take back what was said of a day: the typhoon turned away. The county, and what it says now.

        Raises NotFound, Unprocessable for a day too long ago, Conflict for what does not stand any more.
        """
        found = await self._calendars.one(id)
        if found is None or not sees(found[0]):
            raise NotFound("No such day here.", "查無此日。")
        county, said = found

        def entry(calendar: Calendar, at: datetime) -> DayTold:
            _must_be_near(county, said.day, at)
            if (stands := calendar.latest(said.day)) is None or stands.id != id or stands.says == "withdrawn":
                raise Conflict("This was withdrawn, or replaced, already.", "這筆宣告已撤回或已由他筆取代。")
            return _told(made_by(by, key), said.day, "withdrawn", reason, by, at)

        return county, await self._add(county, entry, by, key, said.day)

    async def of(self, county: str, first: date, last: date) -> Sequence[DayTold]:
        """What a county said of the days from `first` to `last`, in the order in which it said it."""
        return [each for each in (await self._calendars.of(county)).told if first <= each.day <= last]

    async def _add(
        self, county: str, entry: Callable[[Calendar, datetime], DayTold], by: Actor, key: str, day: date
    ) -> DayTold:
        if not by.supervisor:
            raise Forbidden("Only a supervisor of the county may.", "僅該縣市督導可宣告。")
        for _ in range(TRIES):
            calendar = await self._calendars.of(county)
            if key and (before := _said_before(calendar, made_by(by, key))):
                if before.day != day:
                    raise Conflict("This key was used for another day.", "這個識別鍵已用於另一日。")
                return before
            told = entry(calendar, self.now())
            if await self._calendars.add(county, calendar, told, by):
                return told
        raise Conflict("Others are changing these days: try again.", "他人正在變更，請重試。")


def _told(  # noqa: PLR0917  an entry, in its own order
    id: str, day: date, says: str, reason: str, by: Actor, at: datetime
) -> DayTold:
    """Raises Unprocessable for a reason that no list knows."""
    if reason not in DAY_REASONS:
        raise invalid("reason", f"Write one of: {', '.join(DAY_REASONS)}.", f"請填：{'、'.join(DAY_REASONS)}。")
    told = {"id": id, "day": day, "says": says, "reason": reason, "told_by": by.name, "told_at": at}
    return DayTold.model_validate(told)


def _said_before(calendar: Calendar, id: str) -> DayTold | None:
    return next((each for each in calendar.told if each.id == id), None)


def earliest(county: str, at: datetime) -> date:
    """The earliest day of which something may still be said."""
    return at.astimezone(TAIPEI).date() - settings_of(county).days_told_late


def _must_be_near(county: str, day: date, at: datetime) -> None:
    first = earliest(county, at)
    if day < first:
        en, zh = f"Only days from {first} on are still corrected.", f"僅可補登或更正 {first} 以後之日期。"
        raise invalid("day", en, zh)
    if day > at.astimezone(TAIPEI).date() + AHEAD:
        raise invalid("day", "Name a day within a year.", "請填一年內的日期。")


def _so_already(said: DayTold | None, *, works: bool) -> Conflict:
    en, zh = ("worked", "上班") if works else ("off", "停班或放假")
    who = said.told_by if said and said.says != "withdrawn" else ""
    return Conflict(
        f"That day is {en} already" + (f", by {who}." if who else ", by the national calendar."),
        f"該日已是{zh}日" + (f"（{who} 宣告）。" if who else "（依行政機關辦公日曆表）。"),
    )
