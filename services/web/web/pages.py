"""Pages made from templates: a service's own over those that all share, in one language at a time."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from contracts.languages import TAGS, Lang, Said, other
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.catalogues import one_of, pairs
from web.directions import settled
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
        """The template `name`; `t` in it says a key of the catalogues, `n` a key that counts.

        Raises KeyError for a key without words.
        """
        tongue = {"lang": lang, "tag": TAGS[lang], "other": other(lang), "other_tag": TAGS[other(lang)]}
        return self._environment.get_template(name).render(
            tongue
            | {"t": lambda key: self.words[key].in_(lang), "n": partial(self._counted, lang), "demo": self._demo}
            | facts
        )

    def _counted(self, lang: Lang, key: str, count: int) -> str:
        """So many of what a key counts, one by the word for one."""
        return self.words[one_of(key) if count == 1 else key].in_(lang).format(count)


@cache
def _environment(*folders: Path) -> Environment:
    """One for all who have these folders: it keeps what it compiled."""
    made = Environment(
        loader=FileSystemLoader([each / "templates" for each in folders]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_shown,
    )
    made.globals["fresh_key"] = lambda: uuid4().hex  # of a form: what is sent twice is done once
    return made


def _shown(value: Any) -> Any:
    """Every value that a template prints; what a form sends back as it was typed is marked by `| e` there."""
    return settled(value) if type(value) is str else value
