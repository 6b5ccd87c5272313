"""The board's HTML, from templates; every text is escaped."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dispatch.board import view
from dispatch.domain.report.report import Report
from dispatch.figures.ledger import Counters
from dispatch.figures.summary import Edge
from dispatch.site.places import VENDOR
from dispatch.site.words import LANGUAGES, word

MARKS = {"zh": {"comma": "、", "colon": "："}, "en": {"comma": ", ", "colon": ": "}}
"""How a language lists and announces."""
PACKAGE = Path(__file__).parents[1]
ROOMS = ("site", "board", "figures", "publishing")
"""Where templates lie: beside the pages that they are for."""


class Pages:
    """Renders pages and fragments in one of the two languages."""

    def __init__(self, now: Callable[[], datetime], *, demo: bool = False) -> None:
        self._now = now
        self._demo = demo
        self._templates = Environment(
            loader=FileSystemLoader([PACKAGE / room / "templates" for room in ROOMS]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

    def page(self, name: str, lang: str, **facts: Any) -> str:
        """The template `name` with the words of a language."""
        other = LANGUAGES[1 - LANGUAGES.index(lang)]
        words = {"t": partial(word, lang=lang), "lang": lang, "other": other, "demo": self._demo}
        words |= {"vendored": VENDOR.is_dir()}
        return self._templates.get_template(name).render(words | MARKS[lang] | facts)

    def counters(self, counters: Counters, edge: Edge, lang: str) -> str:
        return self.page("counters.html", lang, counters=view.counters(counters, edge, lang, self._now()))

    def rows_fragment(self, reports: Sequence[Report], lang: str) -> str:
        """Rows without their list, for boards that put them where they belong."""
        rows = (view.row(report, lang, self._now()) for report in reports)
        return "".join(self.page("row.html", lang, r=row) for row in rows)
