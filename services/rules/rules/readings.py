"""How a glyph is read aloud, in Hanyu Pinyin without tones."""

import os
from functools import cache
from importlib import import_module
from types import ModuleType


def read_aloud(glyphs: str) -> str:
    """Glyph by glyph, each in its first reading, in one word; what is no glyph stays as it is."""
    return "".join(_library().lazy_pinyin(glyphs))


@cache
def _library() -> ModuleType:
    """The library, loaded when the first glyph is read, without its 47,000 phrases: an eighth of a service's start.

    Nothing here reads a phrase: a glyph of a name has one reading, and townships read otherwise are listed.
    """
    os.environ |= {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}
    return import_module("pypinyin")
