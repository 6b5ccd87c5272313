"""The board's words in zh-TW and English, and how times, clocks and people are written on it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal
from rules import ages
from rules.counties import unit_words
from rules.spans import TAIPEI
from web import covering
from web.catalogues import pairs

from contracts import codes, laws
from contracts import words as contract

LANGUAGES = ("zh", "en")
LOCALES = {"zh": Locale("zh", "TW", "Hant"), "en": Locale("en")}
FIRST_OF_THE_REPUBLIC = 1911
"""民國 counts from the year after."""
_SHORT = 4
_DIGITS = re.compile(r"[\x00-\x7f]*\d[\x00-\x7f]*")
_NUMBER = re.compile(r"(?<![0-9A-Z])(?:09\d{2}-?\d{3}-?\d{3}|[A-Z][1289]\d{8})(?!\d)")
"""A mobile number or a national id, also beside Chinese text, where `\\b` sees no edge."""


def word(key: str, lang: str) -> str:
    """The board's word for a key; a key without one is written as it is."""
    return _said(key, lang) or key.replace("_", " ")


def _said(key: str, lang: str) -> str | None:
    pair = _words().get(key)
    return pair[LANGUAGES.index(lang)] if pair else None


@cache
def _words() -> Mapping[str, tuple[str, str]]:
    """The words of every catalogue in `locale/`, with those of the contract's codes."""
    coded = {code: said.brief for code, said in (contract.every() | ages.WORDS).items()}
    return coded | pairs(Path(__file__).parent / "locale")


def reason(value: str, lang: str) -> str:
    """Why a unit gave a report back: a code such as `wrong_area` as people say it, free text as it was written."""
    return _said(f"reason.{value}", lang) or value.replace("_", " ")


def source(value: str, lang: str) -> str:
    """Where a clock comes from: its words, with the law and its articles as the language cites them."""
    return laws.cited(_said(f"source.{value}", lang) or value, lang)


def code(listed: str, value: str, lang: str) -> str:
    """A code of a code list as people say it."""
    return codes.names(listed, date.max).get(value, value) if lang == "zh" else value.replace("_", " ")


def county(value: str, lang: str) -> str:
    return code("counties", value, lang) if lang == "zh" else value.replace("-", " ").title()


def county_or_none(value: str | None, lang: str) -> str | None:
    return county(value, lang) if value else None


def unit(value: str | None, lang: str) -> str:
    """A unit id such as `chiayi-county/welfare_centre.minxiong` as people say it."""
    if not value:
        return ""
    where, _, name = value.partition("/")
    if where == "other-counties":
        return county(name, lang)
    said = unit_words(value)
    return name if said is None else said.short if lang == "zh" else said.en


def time(value: datetime | None, now: datetime, lang: str | None = None) -> str:
    """A time in Taipei: the hour alone today, with the day otherwise, in figures where no language is named."""
    if value is None:
        return ""
    here = value.astimezone(TAIPEI)
    if here.date() == now.astimezone(TAIPEI).date():
        return here.strftime("%H:%M")
    day = format_skeleton("MMMd", here, locale=LOCALES[lang]) if lang else here.strftime("%m-%d")
    return f"{day} {here:%H:%M}"


def calendars(value: date, lang: str) -> str:
    """A day in both calendars: 民國115年（2026年）11月23日 週一, or Mon, Nov 23, 2026 (ROC 115)."""
    here = value.astimezone(TAIPEI).date() if isinstance(value, datetime) else value
    day = format_skeleton("MMMEd", here, locale=LOCALES[lang])
    return word("both_calendars", lang).format(day=day, year=here.year, roc=here.year - FIRST_OF_THE_REPUBLIC)


def moment(value: datetime, lang: str) -> str:
    """A day in both calendars, and the time, in Taipei."""
    return f"{calendars(value, lang)} {value.astimezone(TAIPEI):%H:%M}"


def born(value: str | None, now: datetime, lang: str) -> str:
    """About how old someone is, and the year of birth in both calendars; `value` is an ISO date."""
    if not value:
        return ""
    year, this_year = int(value[:4]), now.astimezone(TAIPEI).year
    return word("born", lang).format(years=this_year - year, year=year, roc=year - FIRST_OF_THE_REPUBLIC)


def number(value: float, lang: str) -> str:
    """A number as the language writes it, with at most one decimal."""
    return format_decimal(round(value, 1), locale=LOCALES[lang])


def listed(values: Iterable[str], lang: str) -> str:
    """Several things in one sentence."""
    return format_list(list(values), locale=LOCALES[lang])


def ago(value: timedelta, lang: str) -> str:
    """How long ago something was, in its largest unit."""
    return format_timedelta(-value, add_direction=True, locale=LOCALES[lang])


def seconds(value: timedelta, lang: str) -> str:
    """A short time in seconds with a decimal, a longer one in its largest unit."""
    if value < timedelta(minutes=1):
        return word("seconds", lang).format(number(max(value.total_seconds(), 0.1), lang))
    return format_timedelta(value, locale=LOCALES[lang])


def span(value: timedelta, lang: str) -> str:
    """Hours and minutes, or days and hours from two days on."""
    minutes = int(abs(value.total_seconds()) // 60)
    if minutes >= 2 * 24 * 60:
        return word("days_hours", lang).format(minutes // 1440, f"{minutes % 1440 // 60:02}")
    return f"{minutes // 60:02}:{minutes % 60:02}"


def left(due: datetime | None, now: datetime, lang: str) -> str:
    """How long until a clock breaches, or since it did."""
    return word("over" if due < now else "left", lang).format(span(due - now, lang)) if due else ""


def covered(value: str | None) -> str:
    """A name as every page covers it, or a number with all but its ends covered."""
    if not value or not _DIGITS.fullmatch(value):
        return covering.covered(value)
    keep = 2 if len(value) > _SHORT else 0
    return value[:keep] + covering.COVER * (len(value) - 2 * keep) + value[len(value) - keep :]


def covered_text(text: str, people: list[dict[str, Any]]) -> str:
    """A narrative with the names and numbers of the report's people covered."""
    known = sorted(
        {v for p in people for v in (p.get("name"), p.get("national_id"), *p.get("phones", ())) if v}, key=len
    )
    for value in reversed(known):
        text = text.replace(value, covered(value))
    return _NUMBER.sub(lambda found: covered(found[0]), text)
