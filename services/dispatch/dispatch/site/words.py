"""The board's words in zh-TW and English, and how times, clocks and people are written on it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from babel.dates import format_skeleton, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal
from contracts.languages import Lang, Said
from rules import ages
from rules.counties import unit_words
from rules.taiwan import roc_year
from web import covering, times
from web.catalogues import pairs
from web.words import code_word

from contracts import codes
from contracts import words as contract

_SHORT = 4
_DIGITS = re.compile(r"[\x00-\x7f]*\d[\x00-\x7f]*")


def word(key: str, lang: Lang) -> str:
    """The board's word for a key; a key without one is written as it is."""
    return _said(key, lang) or key.replace("_", " ")


def _said(key: str, lang: Lang) -> str | None:
    said = _words().get(key)
    return said.in_(lang) if said else None


@cache
def _words() -> Mapping[str, Said]:
    """The words of every catalogue in `locale/`, with those of every page and of the contract's codes."""
    coded = {code: said.brief for code, said in (contract.every() | ages.WORDS).items()}
    return times.words() | coded | pairs(Path(__file__).parent / "locale")


def reason(value: str, lang: Lang) -> str:
    """Why a unit gave a report back: a code such as `wrong_area` as people say it, free text as it was written."""
    return _said(f"reason.{value}", lang) or value.replace("_", " ")


def code(of: str, value: str, lang: Lang) -> str:
    """A code of a code list as people say it, or that no list knows what was sent."""
    if value == codes.UNKNOWN:
        return word(value, lang)
    return code_word(of, value, lang)


def county(value: str, lang: Lang) -> str:
    return code("counties", value, lang) if lang == "zh" else value.replace("-", " ").title()


def county_or_none(value: str | None, lang: Lang) -> str | None:
    return county(value, lang) if value else None


def unit(value: str | None, lang: Lang) -> str:
    """A unit id such as `chiayi-county/welfare_centre.minxiong` as people say it."""
    if not value:
        return ""
    where, _, name = value.partition("/")
    if where == "other-counties":
        return county(name, lang)
    said = unit_words(value)
    return name if said is None else said.short if lang == "zh" else said.en


def time(value: datetime | None, now: datetime, lang: Lang | None = None) -> str:
    """A time in Taipei: the hour alone today, with the day otherwise, in figures where no language is named."""
    if value is None:
        return ""
    here = times.here(value)
    if here.date() == times.here(now).date():
        return f"{here:%H:%M}"
    day = format_skeleton("MMMd", here, locale=times.LOCALES[lang]) if lang else f"{here:%m-%d}"
    return f"{day} {here:%H:%M}"


def born(day: date | None, now: datetime, lang: Lang) -> str:
    """About how old someone is, and the year of birth in both calendars."""
    if day is None:
        return ""
    return word("born", lang).format(years=times.here(now).year - day.year, year=day.year, roc=roc_year(day))


def number(value: float, lang: Lang) -> str:
    """A number as the language writes it, with at most one decimal."""
    return format_decimal(round(value, 1), locale=times.LOCALES[lang])


def listed(values: Iterable[str], lang: Lang) -> str:
    """Several things in one sentence."""
    return format_list(list(values), locale=times.LOCALES[lang])


def ago(value: timedelta, lang: Lang) -> str:
    """How long ago something was, in its largest unit."""
    return format_timedelta(-value, add_direction=True, locale=times.LOCALES[lang])


def seconds(value: timedelta, lang: Lang) -> str:
    """A short time in seconds with a decimal, a longer one in its largest unit."""
    if value < timedelta(minutes=1):
        return word("seconds", lang).format(number(max(value.total_seconds(), 0.1), lang))
    return format_timedelta(value, locale=times.LOCALES[lang])


def covered(value: str | None) -> str:
    """A name as every page covers it, or a number with all but its first sign covered."""
    if not value or not _DIGITS.fullmatch(value):
        return covering.covered(value)
    shown = value[: len(value) > _SHORT]
    return shown + covering.COVER * (len(value) - len(shown))
