"""How names, addresses, phones and birthdays are compared: one glyph, one sound, whatever the order and writing."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache, lru_cache

from contracts.codes import names
from contracts.times import BEFORE_THE_REPUBLIC
from opencc import OpenCC
from pypinyin import lazy_pinyin

SLIP = 11
"""Years between a birth year of two digits read in the common era and read as an ROC year: 79 is 1979 or 1990."""

GLYPHS = 8192
"""How many readings of glyphs are remembered: more than names are written with, and less than 2 MB."""

_VARIANTS = str.maketrans("台峯啓喆邨綉鷄", "臺峰啟哲村繡雞")
_TO_SIMPLE = OpenCC("t2s")
_PART = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]|[^\W\d_\u3400-\u9fff\uf900-\ufaff]+")
_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))
_NOBODY = re.compile(
    r"不詳|不明|未知|未提供|拒答|無名氏?|匿名|某\w{0,2}|案主|個案|案[父母子女]|unknown|anonymous|none|n/?a|[xo?]+|\w姓\w*"
    r"|[^\x00-\x7f]{1,2}[xo]{1,2}|.*[○◯〇*].*|.*(先生|小姐|女士|太太|之[子女])"
)
_UNHEARD = frozenset({"Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp", "Pd", "Pc", "Ps", "Pe"})
_DIGITS = {glyph: value for value, glyph in enumerate("〇一二三四五六七八九")}
_NUMBER = re.compile(r"(?<![〇一二三四五六七八九十百])[〇一二三四五六七八九十百]{1,9}(?=[段邻巷弄号楼之])")
_TOWN = re.compile(r"[^\d]{1,3}?[乡镇市区](?![乡镇市区])")
_VILLAGE = re.compile(r"(?:\d+邻)?([^\d]{1,3}[村里](?![路街巷弄]))?(?:\d+邻)?")


def plain_name(name: str) -> str:
    """A name as it is compared: one width, no spaces, one case, and one glyph for variants (台 臺, 峯 峰)."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s·・‧.\-]", "", folded).translate(_VARIANTS)


def stated_name(name: str | None) -> str:
    """A plain name; empty where the form says 不詳, 陳○○ or 王小姐, which many people would share."""
    plain = plain_name(name or "")
    return "" if _NOBODY.fullmatch(plain) else plain


def stated_phones(phones: Iterable[str]) -> tuple[str, ...]:
    """Plain numbers, each once; without what is none (不詳, 0000000000)."""
    plain = dict.fromkeys(map(plain_phone, phones))
    return tuple(phone for phone in plain if len(phone) >= 7 and len(set(phone)) > 2)


def folded(name: str) -> str:
    """A plain name in one glyph for every way of writing it, traditional, simplified or variant (臺 台, 鍾 鐘)."""
    return str(_TO_SIMPLE.convert(plain_name(name)))


def alone(text: str) -> dict[str, str]:
    """What each sign of a text is in a folded name, sign by sign, so that a place there is a place in the text.

    Empty for what a name is compared without: spaces, hyphens, dots, brackets, accents, and signs without a width.
    """
    plain = {sign: _bare(sign).translate(_VARIANTS) for sign in set(text)}
    # Line by line in one call: converted together, neighbours would be read as words.
    lines = str(_TO_SIMPLE.convert("\n".join(plain.values()))).split("\n")
    return dict(zip(plain, lines, strict=bool(text)))


def _bare(sign: str) -> str:
    parts = unicodedata.normalize("NFKD", sign).casefold()
    return "".join(part for part in parts if part not in "·・‧." and unicodedata.category(part) not in _UNHEARD)


def syllables(name: str) -> tuple[str, ...]:
    """What a name sounds like, without tones, and without what Taiwan's ear does not part (zh z, ing in).

    Words in Latin letters stand for themselves, without accents.
    """
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(_syllable(part) for part in _PART.findall(str(_TO_SIMPLE.convert(letters.translate(_VARIANTS)))))


def sound(name: str) -> str | None:
    """The same for names that sound alike, in whatever order they are written; None for less than two syllables."""
    parts = sorted(syllables(name))
    return " ".join(parts) if len(parts) > 1 else None


def _syllable(part: str) -> str:
    """Of a glyph or a word; a glyph always has one reading, so that every spelling of a sound is one sound."""
    return _read(part) if _is_glyph(part) else part


@lru_cache(GLYPHS)
def _read(glyph: str) -> str:
    """Glyphs alone are remembered: a word in Latin letters names somebody."""
    spelt: str = lazy_pinyin(glyph)[0]
    for told, heard in _MERGED:
        spelt = spelt.replace(told, heard)
    return spelt


def _is_glyph(part: str) -> bool:
    return len(part) == 1 and not part.isascii()


def birthday(born: date) -> str:
    """The same for a birthday and for its usual slips: ROC and common era mixed up, day and month swapped."""
    year = born.year - BEFORE_THE_REPUBLIC if born.year > BEFORE_THE_REPUBLIC + 1900 else born.year
    low, high = sorted((born.month, born.day))
    return f"{year % SLIP}-{low}-{high}"


def plain_phone(phone: str) -> str:
    """A number as it is compared: digits alone, +886 as 0, without an extension."""
    digits = re.sub(r"\D", "", re.split(r"[#轉]|ext", unicodedata.normalize("NFKC", phone).casefold())[0])
    return "0" + digits[3:].lstrip("0") if digits.startswith("886") else digits


def plain_address(address: str, township: str | None = None, village: str | None = None) -> tuple[str, str] | None:
    """Township, and road (or village, where there is no road) with the numbers in digits; None for less than a house.

    What the text does not name is taken from `township` and `village`.
    """
    text = _NUMBER.sub(lambda found: str(_number(found[0])), folded(address))
    text = _counties().sub("", text)
    town = folded(township) if township else _first(_TOWN, text)
    text = text.removeprefix(town)
    area = _VILLAGE.match(text)
    assert area is not None  # every part of it may be missing
    rest = text[area.end() :]
    if rest[:1].isdigit():
        rest = (area[1] or folded(village or "")) + rest
    return (town, rest) if town and re.search(r"[^\d].*\d号", rest) else None


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.match(text)
    return found[0] if found else ""


@cache
def _counties() -> re.Pattern[str]:
    return re.compile(f"^(?:{'|'.join(folded(name) for name in names('counties', date.max).values())})")


def _number(glyphs: str) -> int:
    """Chinese numerals below a thousand: 二十三 as 23, 一〇五 as 105."""
    if not re.search("[十百]", glyphs):
        return int("".join(str(_DIGITS[glyph]) for glyph in glyphs))
    total, digit = 0, 0
    for glyph in glyphs:
        if glyph in _DIGITS:
            digit = _DIGITS[glyph]
        else:
            total, digit = total + (digit or 1) * (10 if glyph == "十" else 100), 0
    return total + digit
