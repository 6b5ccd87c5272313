"""How times are written on pages: in Taipei, in both calendars, and how long until something is due."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_skeleton
from contracts.languages import Lang, Said
from rules.spans import TAIPEI
from rules.taiwan import roc_year

from web.catalogues import pairs

LOCALES: Mapping[Lang, Locale] = {"zh": Locale("zh", "TW", "Hant"), "en": Locale("en")}


def here(at: datetime) -> datetime:
    """A time as clocks in Taiwan show it."""
    return at.astimezone(TAIPEI)


def calendars(day: date, lang: Lang) -> str:
    """A day in both calendars: 民國115年（2026年）11月23日 週一, or Mon, Nov 23, 2026 (ROC 115)."""
    on = here(day).date() if isinstance(day, datetime) else day
    written = format_skeleton("MMMEd", on, locale=LOCALES[lang])
    return _said("both_calendars", lang).format(day=written, year=on.year, roc=roc_year(on))


def moment(at: datetime, lang: Lang) -> str:
    """A day in both calendars, and the time."""
    return f"{calendars(at, lang)} {here(at):%H:%M}"


def span(length: timedelta, lang: Lang) -> str:
    """Hours and minutes, or days and hours from two days on."""
    minutes = int(abs(length.total_seconds()) // 60)
    if minutes >= 2 * 24 * 60:
        return _said("days_hours", lang).format(minutes // 1440, f"{minutes % 1440 // 60:02}")
    return f"{minutes // 60:02}:{minutes % 60:02}"


def left(due: datetime, now: datetime, lang: Lang) -> str:
    """How long until something is due, or since it was."""
    return _said("over" if due < now else "left", lang).format(span(due - now, lang))


def urgency(due: datetime | None, now: datetime, soon: timedelta) -> str:
    """`over`, `soon` (in less than the county's setting) or `calm`: what a row's colour and its words both say."""
    if due is None:
        return "calm"
    if due < now:
        return "over"
    return "soon" if due - now < soon else "calm"


def _said(key: str, lang: Lang) -> str:
    return words()[key].in_(lang)


@cache
def words() -> dict[str, Said]:
    """What pages of every service say alike."""
    return pairs(Path(__file__).parent / "locale")
