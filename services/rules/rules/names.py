"""How names, phones and birthdays are compared: one glyph, one sound, whatever the order and writing."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contracts.times import BEFORE_THE_REPUBLIC

from rules.addresses import plain_address
from rules.glyphs import HAN, is_lost, latin_words, one_variant, one_width, plain, simple
from rules.nobody import is_nobody, without_notes
from rules.readings import read_aloud

__all__ = [
    "GLYPHS", "SLIP", "Name", "alone", "birthday", "folded", "is_lost", "is_switchboard", "plain_address", "plain_name",
    "plain_phone", "read_name", "scripts", "sound", "sounds", "spellings", "stated_name", "stated_phones", "syllables",
    "written_before",
]  # fmt: skip

SLIP = 11
"""Years between a birth year of two digits read in the common era and read as an ROC year: 79 is 1979 or 1990."""

GLYPHS = 8192
"""How many readings of glyphs are remembered: more than names are written with, and less than 2 MB."""

_MERGED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"))
_LATIN = re.compile(r"[a-z\u00aa-\u024f\u0250-\u02af\u0300-\u036f\u1e00-\u1eff'’ʼʻ‘`\-.·:^]+")
_LETTERS = re.compile(r"[a-z\u00aa-\u024f\u0250-\u02af\u1e00-\u1eff]")
_SHORTEST_LATIN = 4
"""Letters of a name in Latin letters beside its glyphs: fewer are a label (林小美A)."""
_EXTENSION = re.compile(r"[#轉转]|分[機机]|內線|ext")
_UNHEARD = frozenset({"Mn", "Me", "Cf", "Cc", "Zs", "Zl", "Zp", "Pd", "Pc", "Ps", "Pe"})


def plain_name(name: str) -> str:
    """A name as it is compared: letters alone, in one width and case, and one glyph for variants (台 臺, 峯 峰)."""
    return plain(name)


def written_before(name: str) -> str:
    """A plain name as earlier releases folded it: their keys are stored, and are looked up beside those of today."""
    return one_variant(re.sub(r"[\s·・‧.\-]", "", unicodedata.normalize("NFKC", name).casefold()))


@dataclass(frozen=True, slots=True)
class Name:
    """A name that was read once, for all that is asked of it.

    `glyphs`, plain, and `latin`, in words: one of them, or both where it is written in both; both empty for what names
    nobody, or too many (不詳, 新生兒, 陳○○, 王小姐). `lost`: a glyph of it was lost, so that it is not all there.
    """

    written: str = ""
    glyphs: str = ""
    latin: str = ""
    lost: bool = False

    @property
    def spellings(self) -> tuple[str, ...]:
        """Plain, each way in which it is spelt: in glyphs; in Latin letters as they stand, and in one order."""
        latin = (self.latin.replace(" ", ""), "".join(sorted(self.latin.split())))
        return tuple(dict.fromkeys(each for each in (self.glyphs, *latin) if each))

    @property
    def sounds(self) -> tuple[str, ...]:
        """The same for names that sound alike, in whatever order they are written.

        Empty for less than two syllables, and for a name of which a glyph was lost: the rest is another name.
        """
        if self.lost:
            return ()
        whole = self.latin.replace(" ", "") if len(self.latin) > _SHORTEST_LATIN else None
        heard = (sound(self.glyphs), sound(self.latin), whole)
        return tuple(dict.fromkeys(each for each in heard if each))


def read_name(written: str | None) -> Name:
    """What a field says of somebody's name."""
    if not written or is_nobody(written):
        return Name(written or "")
    return Name(written, *scripts(written), lost=is_lost(written))


def spellings(name: str | None) -> tuple[str, ...]:
    """A name as it is compared, each way in which the field spells it; empty where it names nobody, or too many."""
    return read_name(name).spellings


def stated_name(name: str | None) -> str:
    """A plain name; empty where the form says 不詳, 陳○○ or 王小姐, which many people would share."""
    return next(iter(spellings(name)), "")


def scripts(name: str) -> tuple[str, str]:
    """A name in glyphs, plain, and in Latin letters, in words: one of them, or both where it is written in both."""
    text = one_width(without_notes(name))
    if not _LETTERS.search(text):
        return plain(text), ""
    latin = " ".join(latin_words(" ".join(_LATIN.findall(text))))
    if not HAN.search(text):
        return ("", latin) if latin and not _others(text) else (plain(text), "")
    glyphs = plain(_LATIN.sub("", text))
    if len(glyphs) > 1 and sum(map(str.isalpha, latin)) >= _SHORTEST_LATIN:
        return glyphs, latin
    return plain(text), ""


def _others(text: str) -> str:
    """What is written in neither Chinese nor Latin letters."""
    return "".join(sign for sign in _LATIN.sub("", text) if sign.isalnum())


def stated_phones(phones: Iterable[str]) -> tuple[str, ...]:
    """Plain numbers, each once; without what is none (不詳, 0000000000)."""
    numbers = dict.fromkeys(map(plain_phone, phones))
    return tuple(phone for phone in numbers if len(phone) >= 7 and len(set(phone)) > 2)


def is_switchboard(phone: str) -> bool:
    """Whether a plain number may ring at a school or an institution: every line but a mobile or one of abroad."""
    return phone.startswith("0") and not phone.startswith("09")


def folded(name: str) -> str:
    """A plain name in one glyph for every way of writing it, traditional, simplified or variant (臺 台, 鍾 鐘)."""
    return simple(plain_name(name))


def alone(text: str) -> dict[str, str]:
    """What each sign of a text is in a folded name, sign by sign, so that a place there is a place in the text.

    Empty for what a name is compared without: spaces, hyphens, dots, brackets, accents, and signs without a width.
    """
    signs = {sign: one_variant(_bare(sign)) for sign in set(text)}
    # Line by line in one call: converted together, neighbours would be read as words.
    lines = simple("\n".join(signs.values())).split("\n")
    return dict(zip(signs, lines, strict=bool(text)))


def _bare(sign: str) -> str:
    parts = unicodedata.normalize("NFKD", sign).casefold()
    return "".join(part for part in parts if part not in "·・‧." and unicodedata.category(part) not in _UNHEARD)


def syllables(name: str) -> tuple[str, ...]:
    """What a name sounds like, without tones, and without what Taiwan's ear does not part (zh z, ing in).

    Words in Latin letters stand for themselves, without accents.
    """
    return tuple(_syllable(part) for word in latin_words(one_variant(name)) for part in _parts(simple(word)))


def _parts(word: str) -> Iterable[str]:
    """A word glyph by glyph; letters and digits that stand together stay so."""
    return re.findall(rf"{HAN.pattern}|(?:(?!{HAN.pattern}).)+", word)


def sounds(name: str) -> tuple[str, ...]:
    """What a name sounds like, of its glyphs and of its Latin letters, in whatever order they are written."""
    return read_name(name).sounds


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
    spelt = read_aloud(glyph)
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
    digits = re.sub(r"\D", "", _EXTENSION.split(unicodedata.normalize("NFKC", phone).casefold())[0])
    national = re.sub(r"^(?:00[29]?)?8860*", "0", digits)
    # A spreadsheet takes a mobile number for a number, and drops its zero.
    return "0" + national if re.fullmatch(r"9\d{8}", national) else national
