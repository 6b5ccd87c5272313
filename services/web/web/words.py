"""What codes, units and times are called on a page, in one of the two languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.languages import Lang, Said
from markupsafe import Markup
from rules.counties import settings_of, unit_words

from contracts import codes
from web import times

Words = Callable[[str], Said]
"""What a service calls a code; `named` makes one of its words."""


def named(known: Mapping[str, Said], code: str) -> Said:
    """What a code is called; a unit is found by what stands behind its county, and an unknown code stands as it is."""
    if said := known.get(code):
        return said
    where, _, name = code.partition("/")
    if where == "other-counties":
        return Said(county(name, "zh"), county(name, "en"))
    unit, bare = unit_words(code), name or code
    return Said(unit.short, unit.en) if unit else known.get(bare, Said(bare, bare))


def when(at: datetime, lang: Lang) -> Markup:
    """A time in Taiwan, with its day in both calendars in the title."""
    here = times.here(at)
    return Markup('<time class="num" datetime="{}" title="{}">{}</time>').format(
        here.isoformat(), times.calendars(at, lang), f"{here:%Y-%m-%d %H:%M}"
    )


def code_word(of: str, code: str, lang: Lang) -> str:
    """A code of the code list `of` as people say it; one that the list does not know stands as it is."""
    return codes.names(of, date.max).get(code, code) if lang == "zh" else code.replace("_", " ")


def county(code: str, lang: Lang) -> str:
    return code_word("counties", code, lang) if lang == "zh" else code.replace("-", " ").title()


@dataclass(frozen=True)
class Speech:
    """The words of one page: in its language, at its time. `more` is what a service's templates call beside."""

    words: Words
    lang: Lang
    now: datetime
    more: Mapping[str, Any] = field(default_factory=dict)

    def word(self, code: str) -> str:
        return self.words(code).in_(self.lang)

    def county(self, code: str) -> str:
        return county(code, self.lang)

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
        said = (self.word, self.county, self.when, self.day, self.left, self.urgency, self.days)
        return {each.__name__: each for each in said} | dict(self.more)
