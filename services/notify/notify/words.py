"""What the codes of messages, groups and rotas are called on a page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path

from babel.units import format_unit
from contracts.languages import Lang, Said
from web.catalogues import pairs
from web.times import LOCALES, span
from web.words import Speech, named

from contracts import words as contract
from notify.groups.purposes import Purpose

MINUTES_FROM, HOURS_FROM = 120, 7_200


@cache
def _words() -> Mapping[str, Said]:
    """The words of the contract's codes, and the service's own."""
    own = pairs(Path(__file__).parent / "locale", "notify")
    return {code: said.brief for code, said in contract.every().items()} | own


def of(code: str) -> Said:
    """What a code is called; the groups of a purpose, such as `chiayi-county/hospital_emergencies`, by the purpose."""
    bare = code.partition("/")[2]
    return named(_words(), f"purpose.{bare}" if bare in set(Purpose) else code)


def length(seconds: float, lang: Lang) -> str:
    """How long something took: in seconds below two minutes, in minutes below two hours, then in hours or days."""
    if seconds >= HOURS_FROM:
        return span(timedelta(seconds=seconds), lang)
    count, unit = (seconds, "duration-second") if seconds < MINUTES_FROM else (seconds / 60, "duration-minute")
    return format_unit(int(count), unit, "short", locale=LOCALES[lang])


def speech(lang: Lang, now: datetime) -> Speech:
    """The words of one page."""
    return Speech(of, lang, now, {"length": partial(length, lang=lang), "now": now})
