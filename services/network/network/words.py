"""What codes and times are called on a page, in one of the two languages."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from contracts.languages import Lang, Said
from rules import ages
from web.catalogues import pairs
from web.words import Speech, code_word, named

from contracts import codes
from contracts import words as contract


@cache
def _words() -> Mapping[str, Said]:
    """The words of the contract's codes, and the service's own."""
    coded = {**contract.every(), **contract.RETURN_REASONS, **contract.DAY_REASONS, **ages.WORDS}
    own: dict[str, Said] = {}
    for name in ("records", "network", "programmes", "meetings", "papers", "early_warnings"):
        own |= pairs(Path(__file__).parent / "locale", name)
    return {code: said.brief for code, said in coded.items()} | own


_LEARNED: dict[str, tuple[int, Said]] = {}


def learn(more: Mapping[str, Said], version: int) -> None:
    """Take in the words of a programme that is published: a county's own brings its words with it.

    A later version's stand before those of an earlier one, whichever is read first.
    """
    for code, said in more.items():
        if version >= _LEARNED.get(code, (0, said))[0]:
            _LEARNED[code] = (version, said)


def own(code: str) -> Said | None:
    """What the platform itself calls a code; None for one that it does not know."""
    return _words().get(code)


def of(code: str) -> Said:
    """What a code is called."""
    return learnt[1] if (learnt := _LEARNED.get(code)) else named(_words(), code)


def indicator(code: str, lang: Lang) -> str:
    """What weighs on a household, by the code list `care_load`."""
    return of(code).in_(lang) if code == codes.UNKNOWN else code_word("care_load", code, lang)


def relation(code: str, lang: Lang) -> str:
    """What somebody is to whom a report is about, by the code list `relations`."""
    return code_word("relations", code, lang)


def speech(lang: Lang, now: datetime) -> Speech:
    """The words of one page."""
    return Speech(
        of,
        lang,
        now,
        {
            "source": partial(contract.source, lang=lang),
            "indicator": partial(indicator, lang=lang),
            "relation": partial(relation, lang=lang),
        },
    )
