"""Pages made from templates: a service's own over those that all share, in one language at a time."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from contracts.languages import TAGS, Lang, Said, other
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.catalogues import pairs
from web.times import words

HERE = Path(__file__).parent
STATIC = "/static/web"
"""Where every service with pages mounts `static()`."""


def static() -> StaticFiles:
    """Colours, type and the parts that all pages are made of."""
    return StaticFiles(directory=HERE / "static")


class Templates:
    """The templates and the catalogues of a folder of pages, over those of every service."""

    def __init__(
        self,
        folder: Path,
        domain: str = "*",
        codes: Mapping[str, Said] | None = None,
        *,
        rooms: Sequence[Path] = (),
        demo: bool = False,
    ) -> None:
        """`codes` are words that a page says beside those of its catalogue; templates lie in further `rooms`, too.

        Every page of a `demo` says that all people are made up.
        """
        self._demo = demo
        self.words: Mapping[str, Said] = words() | dict(codes or {}) | pairs(folder / "locale", domain)
        self._environment = _environment(folder, *rooms, HERE)

    def page(self, name: str, lang: Lang, **facts: Any) -> str:
        """The template `name`; `t` in it says a key of the catalogues. Raises KeyError for a key without words."""
        tongue = {"lang": lang, "tag": TAGS[lang], "other": other(lang), "other_tag": TAGS[other(lang)]}
        return self._environment.get_template(name).render(
            tongue | {"t": lambda key: self.words[key].in_(lang), "demo": self._demo} | facts
        )


@cache
def _environment(*folders: Path) -> Environment:
    """One for all who have these folders: it keeps what it compiled."""
    return Environment(
        loader=FileSystemLoader([each / "templates" for each in folders]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
