"""HTML from templates, in one of two languages; every text is escaped."""

from functools import partial
from pathlib import Path
from typing import Any

from contracts.languages import Lang
from web.pages import Templates
from web.sites import Sites

from dispatch.site.places import VENDOR
from dispatch.site.words import word

MARKS = {"zh": {"comma": "、", "colon": "："}, "en": {"comma": ", ", "colon": ": "}}
"""How a language lists and announces."""
PACKAGE = Path(__file__).parents[1]
ROOMS = tuple(PACKAGE / room for room in ("board", "figures", "publishing"))
"""Where further templates lie: beside the pages that they are for."""


class Pages:
    """Renders pages and parts of pages."""

    def __init__(self, *, demo: bool = False, sites: Sites | None = None) -> None:
        """`sites` are the other services' pages, to which the bar leads."""
        self.sites = sites or Sites({}, "dispatch")
        self._templates = Templates(PACKAGE / "site", rooms=ROOMS, demo=demo)

    def page(self, name: str, lang: Lang, **facts: Any) -> str:
        """The template `name` with the words of a language; a code without words is written as it is."""
        own = {"t": partial(word, lang=lang), "vendored": VENDOR.is_dir(), **MARKS[lang]}
        return self._templates.page(name, lang, **own | facts)
