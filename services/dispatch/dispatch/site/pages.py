"""HTML from templates, in one of two languages; every text is escaped."""

from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dispatch.site.places import VENDOR
from dispatch.site.words import LANGUAGES, word

MARKS = {"zh": {"comma": "、", "colon": "："}, "en": {"comma": ", ", "colon": ": "}}
"""How a language lists and announces."""
PACKAGE = Path(__file__).parents[1]
ROOMS = ("site", "board", "figures", "publishing")
"""Where templates lie: beside the pages that they are for."""


class Pages:
    """Renders pages and parts of pages."""

    def __init__(self, *, demo: bool = False) -> None:
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
