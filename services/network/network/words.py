"""What codes, sources and times are called on a page, in one of the two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from contracts.languages import Lang, Said
from markupsafe import Markup
from rules.counties import settings_of, unit_words
from web import times
from web.catalogues import pairs

from contracts import codes, laws
from contracts import words as contract


@cache
def _words() -> Mapping[str, Said]:
    """The words of the contract's codes, and the service's own."""
    coded = {**contract.every(), **contract.RETURN_REASONS}
    own = pairs(Path(__file__).parent / "locale", "network")
    return {code: said.brief for code, said in coded.items()} | own


def of(code: str) -> Said:
    """What a code is called; a unit is found by what stands behind its county, and an unknown code stands as it is."""
    if known := _words().get(code):
        return known
    unit, bare = unit_words(code), code.partition("/")[2] or code
    return Said(unit.short, unit.en) if unit else Said(bare, bare)


def source(text: str, lang: Lang) -> str:
    """Where a task comes from: a law with its article, or else a county's setting in words."""
    return laws.cited(_words().get(f"source.{text}", Said(text, text)).in_(lang), lang)


def when(at: datetime, lang: Lang) -> Markup:
    """A time in Taiwan, with its day in both calendars in the title."""
    here = times.here(at)
    return Markup('<time class="num" datetime="{}" title="{}">{}</time>').format(
        here.isoformat(), times.calendars(at, lang), f"{here:%Y-%m-%d %H:%M}"
    )


def county(code: str, lang: Lang) -> str:
    return codes.names("counties", date.max).get(code, code) if lang == "zh" else code.replace("-", " ").title()


@dataclass(frozen=True)
class Speech:
    """The words of one page: in its language, at its time."""

    lang: Lang
    now: datetime

    def word(self, code: str) -> str:
        return of(code).in_(self.lang)

    def county(self, code: str) -> str:
        return county(code, self.lang)

    def source(self, text: str) -> str:
        return source(text, self.lang)

    def when(self, at: datetime) -> Markup:
        return when(at, self.lang)

    def day(self, at: datetime) -> str:
        return f"{times.here(at):%Y-%m-%d}"

    def left(self, due: datetime) -> str:
        return times.left(due, self.now, self.lang)

    def days(self, since: datetime) -> int:
        return (self.now - since).days

    def urgency(self, due: datetime | None, county: str) -> str:
        return times.urgency(due, self.now, settings_of(county).soon)

    @property
    def facts(self) -> dict[str, Any]:
        """What templates call."""
        said = (self.word, self.county, self.source, self.when, self.day, self.left, self.urgency, self.days)
        return {each.__name__: each for each in said}
