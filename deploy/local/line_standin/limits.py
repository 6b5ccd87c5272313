"""LINE's limits as reusable annotations; the words of each refusal are LINE's."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any
from unicodedata import combining

from pydantic import AfterValidator, ConfigDict, Discriminator
from pydantic_core import PydanticCustomError

STRICT = ConfigDict(extra="forbid", strict=True)
LINE_URI = re.compile(r"(https?|line|tel):", re.IGNORECASE)
JOINERS = {"\u200d", "\ufe0e", "\ufe0f"}


def utf16_units(text: str) -> int:
    """LINE counts most texts in UTF-16 code units (developers.line.biz, "Character counting in a text")."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """Labels, titles and postback texts count by what a reader sees; close to UAX 29, without its tables."""
    joined = text.count("\u200d")
    return sum(1 for sign in text if not combining(sign) and sign not in JOINERS) - joined


def check_length(text: str, most: int, *, count: Callable[[str], int] = graphemes, kind: str = "line") -> str:
    """The text itself; raises LINE's words for an empty or a long one, as an error of type `kind`."""
    if not text:
        raise PydanticCustomError(kind, "May not be empty")
    if count(text) > most:
        raise PydanticCustomError(kind, "Length must be between 0 and {most}", {"most": most})
    return text


def Text(most: int, *, count: Callable[[str], int] = graphemes) -> AfterValidator:
    """A text of 1 to `most` characters, counted as LINE counts this property."""
    return AfterValidator(partial(check_length, most=most, count=count))


def Items(least: int, most: int) -> AfterValidator:
    """A list of `least` to `most` elements."""

    def check(items: list[Any]) -> list[Any]:
        if not least <= len(items) <= most:
            words = "Size must be between {least} and {most}"
            raise PydanticCustomError("line", words, {"least": least, "most": most})
        return items

    return AfterValidator(check)


def Labelled(most: int, *, required: bool = True) -> AfterValidator:
    """An action whose label has at most `most` characters (reference, "Specifications of the label")."""

    def check(action: dict[str, Any]) -> dict[str, Any]:
        if required or "label" in action:
            check_length(action.get("label", ""), most, kind="line_label")
        return action

    return AfterValidator(check)


def _link(uri: str) -> str:
    if not LINE_URI.match(uri):
        raise PydanticCustomError("line", "invalid uri scheme")
    return uri


def _https(uri: str) -> str:
    if not uri.lower().startswith("https://"):
        raise PydanticCustomError("line", "invalid uri scheme")
    return uri


def _tag(value: Mapping[str, Any] | Any) -> str | None:
    return f"<{value['type']}>" if isinstance(value, Mapping) and "type" in value else None


ByType = Discriminator(_tag)
"""Chooses a variant by `type`; its tag stands in angle brackets so that a path of the request can be told from it."""

Link = Annotated[str, Text(1000, count=utf16_units), AfterValidator(_link)]
MediaUrl = Annotated[str, Text(2000, count=utf16_units), AfterValidator(_https)]
