"""One glyph for every way of writing it: width, case, variants, simplified, lost glyphs, signs without a sound."""

import re
import unicodedata

from opencc import OpenCC

LOST = "\ufffd"
"""What stands for a glyph that some system could not keep: □, 〓, ?, a place in the private-use area."""

_VARIANTS = str.maketrans("台峯啓喆邨綉鷄郷", "臺峰啟哲村繡雞鄉")
_TO_SIMPLE = OpenCC("t2s")
_REFERENCE = re.compile(r"&#(x[0-9a-f]{1,6}|\d{1,7});", re.IGNORECASE)
HAN = re.compile(r"[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_LOST = frozenset("\ufffd□▯◻☐〓?")
_UNWRITTEN = "_"
"""Stands for a glyph in a Chinese name, and for a space in others."""
_USUAL = re.compile(r"[\u4e00-\u9fff]+")
"""Glyphs alone, as most names are: nothing of them is folded away."""
_HEARD = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Mn", "Mc"})
_UNHEARD = frozenset({"Mn", "Me", "Cf", "Cc"})
_WORD = re.compile(r"[^\W_]+")
_STROKES = {
    "đ": "d", "ð": "d", "ɖ": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i", "ɨ": "i", "ʉ": "u", "ɵ": "o", "ə": "e",
    "ŋ": "ng", "æ": "ae", "œ": "oe", "þ": "th", "ŧ": "t", "ƀ": "b", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ꞌ": "", "ß": "ss",
}  # fmt: skip
"""Letters that Unicode does not take apart, as passports write them (ICAO 9303), and those of Formosan languages."""
_APOSTROPHES = frozenset("'’‘`´ʹʺʻʼʽˈˊˋ\"“”^:")
_MODIFIERS = frozenset("ʹʺʻʼʽˈˊˋ")
"""Letters by their category that are written for an apostrophe: Nuʼman is Nu'man."""


def one_width(text: str) -> str:
    """One width and one case, with glyphs that a system wrote as numbers (&#22531;) read back."""
    read = _REFERENCE.sub(_glyph, text) if "&" in text else text
    return unicodedata.normalize("NFKC", read).casefold()


def one_variant(text: str) -> str:
    """One glyph for variants (台 臺, 峯 峰)."""
    return text.translate(_VARIANTS)


def simple(text: str) -> str:
    """Simplified glyphs for traditional ones: many write both."""
    return str(_TO_SIMPLE.convert(text))


def plain(text: str) -> str:
    """Letters and digits alone, in one width, case and variant, LOST where a glyph was lost.

    Dots of any form, blanks, hyphens, brackets, signs of direction and without a width are writing, not the name.
    """
    if _USUAL.fullmatch(text):
        return one_variant(text)
    folded = one_width(text)
    lost = _LOST | {_UNWRITTEN} if HAN.search(folded) else _LOST
    return one_variant("".join(_kept(sign, lost) for sign in folded))


def latin_words(text: str) -> list[str]:
    """The words of a text in bare letters: Đặng is dang, O'Brien obrien, Nguyễn-Thị two words."""
    bare = "".join(_bare(sign) for sign in unicodedata.normalize("NFKD", one_width(text)))
    return _WORD.findall(bare)


def _bare(sign: str) -> str:
    """A letter without its accents; nothing for an accent, an apostrophe, or a sign without a width."""
    if sign in _APOSTROPHES or unicodedata.category(sign) in _UNHEARD:
        return ""
    return _STROKES.get(sign, sign)


def is_lost(text: str) -> bool:
    """Whether a glyph of a name was lost on its way, so that the name is not all there."""
    signs = "" if _USUAL.fullmatch(text) else plain(text)
    return LOST in signs and any(sign.isalpha() for sign in signs)


def _kept(sign: str, lost: frozenset[str]) -> str:
    if sign in lost or _is_private(sign):
        return LOST
    return sign if _is_heard(sign) else ""


def _is_heard(sign: str) -> bool:
    variation = "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
    return unicodedata.category(sign) in _HEARD and sign not in _MODIFIERS and not variation


def _is_private(sign: str) -> bool:
    return unicodedata.category(sign) == "Co"


def _glyph(found: re.Match[str]) -> str:
    number = int(found[1][1:], 16) if found[1][0] in "xX" else int(found[1])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else LOST
