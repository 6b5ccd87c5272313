"""The two languages of the platform, and what is said in both."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, Lang] = ("zh", "en")
TAGS: Mapping[Lang, str] = {"zh": "zh-Hant-TW", "en": "en"}
"""As HTML and HTTP name them."""


class Said(NamedTuple):
    """The same in zh-TW and English."""

    zh: str
    en: str

    def in_(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


def other(lang: Lang) -> Lang:
    """The language that a page is not in."""
    return "en" if lang == "zh" else "zh"
