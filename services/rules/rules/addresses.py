"""How addresses are compared: one house, however its numbers, its township and its village are written."""

import re
from functools import cache

from rules.glyphs import one_variant, one_width, simple
from rules.places import county_openings, county_stems, stem_of, township_of, village_of

_DIGITS = {glyph: value for value, glyph in enumerate("〇一二三四五六七八九")} | {
    glyph: value for value, glyph in enumerate("零壹贰叁肆伍陆柒捌玖")
} | {"○": 0, "两": 2, "叄": 3}  # fmt: skip
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "廿": 20, "卅": 30}
_NUMERAL = "〇○零一二两三四五六七八九十百千廿卅壹贰叁叄肆伍陆柒捌玖拾佰仟"
_NUMBER = re.compile(
    rf"(?<![{_NUMERAL}])[{_NUMERAL}]{{1,9}}(?=[段邻巷弄衖号楼层室之])|(?<=之)[{_NUMERAL}]{{1,9}}(?![{_NUMERAL}])"
)
_DASH = re.compile(r"(?<=[\d号楼fF])[-‐-―−﹣~_之─━ー](?=[\d" + _NUMERAL + "])")
_BETWEEN = (
    (re.compile(r"(?<=\d)(?:[.·‧・]|一)(?=\d+(?:号|$))"), "-"),  # 12.1號; 一 is typed for a dash
    (re.compile(r"(?<=\d)[\s,、/]+(?=\d)"), "、"),  # 12、1號 is not 121號
    (re.compile(r"第(?=\d+\D{0,3}\d*号)|(?<=临)时(?=\d)"), ""),
    (re.compile(r"b(\d+)(?![\d楼层f])"), r"b\1楼"),
)
_STREET = re.compile(r"(?<![\d\-、])[1-9]\d?(?=[路街])")
"""A number in the name of a road is written in Chinese: 七賢2路 is 七賢二路."""
_LESS = re.compile(r"(?:(?<!\d)、|、(?!\d)|[\s,，。.．;；:：()（）\[\]【】「」'\"·・])+")
_HOUSE = re.compile(r"(?<!\d)(\d+)(?:-(\d+))?号(?:-(\d+))?")
_FLOOR = re.compile(r"(?:(b)|地下)?(?:第)?(?<!\d)(\d+)(?:楼|层|f)")
_ROOM = re.compile(r"(?<=楼)-?第?(\d+)室")
"""The second door of a floor is written 3樓2室, and 3樓之2."""
_BARE_VILLAGE = re.compile(r"[^\d路街巷弄段村里]{1,3}(?=\d+(?:-\d+)?号)")
_ZIP = re.compile(r"^\d{3}-?\d{0,3}(?=[^\d\-号巷弄邻楼段路街])")
_TOWN = re.compile(r"[^\d]{1,3}?[乡镇市区](?![乡镇市区])")
_VILLAGE = re.compile(r"(?:\d+邻)?([^\d]{1,3}[村里](?![路街巷弄]))?(?:\d+邻)?")
_TAIWAN = re.compile(r"^(?:中华民国)?台湾(?:省)?(?=.)")


def plain_address(address: str, township: str | None = None, village: str | None = None) -> tuple[str, str] | None:
    """Township, and road (or village, where there is no road) with the numbers in digits; None for less than a house.

    12-1號, 12之1號 and 12號之1 are one number, and never 121. What the text does not name is taken from `township`
    and `village`.
    """
    text, county = _without_county(_plain(address))
    town, text = _town(text, township, county)
    area = _VILLAGE.match(text)
    assert area is not None  # every part of it may be missing
    rest = text[area.end() :]
    at = township_of(township or town, county).name if township or town else None
    if rest[:1].isdigit():
        rest = _village(area[1] or _folded(village or ""), at, county) + rest
    elif bare := _BARE_VILLAGE.match(rest):
        rest = _village(bare[0], at, county) + rest[bare.end() :]
    return (town, rest) if town and "号" in rest and re.search(r"[^\d].*\d号", rest) else None


def _village(named: str, township: str | None, county: str | None) -> str:
    """A village, folded, with the word for what it is where the list has it so: 東榮 of 民雄鄉 is 東榮村."""
    known = village_of(named, township, county) if named and township else None
    return _folded(known or named)


def _plain(address: str) -> str:
    text = _folded(address)
    for sign, meant in _BETWEEN:
        text = sign.sub(meant, text)
    text = _LESS.sub("", text)
    text = _NUMBER.sub(lambda found: str(_number(found[0])), text)
    text = _DASH.sub("-", text)
    text = _NUMBER.sub(lambda found: str(_number(found[0])), text)
    if re.search(r"[^\d\-]\d+(?:-\d+)?$", text) and "号" not in text:
        text += "号"
    text = _STREET.sub(_in_chinese, _HOUSE.sub(_house, text))
    text = _FLOOR.sub(lambda found: f"{'b' if found[1] or found[0].startswith('地') else ''}{found[2]}楼", text)
    return _ROOM.sub(r"-\1", text)


def _house(found: re.Match[str]) -> str:
    """12-1号 for each way of writing the first house beside number 12."""
    beside = found[2] or found[3]
    return f"{int(found[1])}{f'-{int(beside)}' if beside else ''}号"


def _in_chinese(found: re.Match[str]) -> str:
    tens, ones = divmod(int(found[0]), 10)
    digits = "〇一二三四五六七八九"
    return f"{digits[tens] if tens > 1 else ''}{'十' if tens else ''}{digits[ones] if ones else ''}"


def _without_county(text: str) -> tuple[str, str | None]:
    text = _TAIWAN.sub("", _ZIP.sub("", text))
    opening = next((each for each in county_openings() if text.startswith(each)), None)
    if opening is None or len(text) == len(opening):
        return text, None
    counties = county_openings()[opening]
    return text[len(opening) :], next(iter(counties)) if len(counties) == 1 else None


def _town(text: str, township: str | None, county: str | None) -> tuple[str, str]:
    """The township that is meant, folded, and the text behind it."""
    if not township:
        found = _TOWN.match(text)
        return (_listed(found[0], county), text[found.end() :]) if found else ("", text)
    town = _listed(township, county)
    stem = next((each for each in county_stems() if text.startswith(each + stem_of(town))), "")
    text = text.removeprefix(stem)
    found = _TOWN.match(text)
    if found and _listed(found[0], county) == town:
        return town, text[found.end() :]
    opening = next((each for each in (town, _folded(township), stem_of(town)) if each and text.startswith(each)), "")
    return town, text[len(opening) :] if len(opening) > 1 else text


def _listed(township: str, county: str | None) -> str:
    name = township_of(township, county).name
    return _folded_name(name) if name else _folded(township)


@cache
def _folded_name(township: str) -> str:
    """Of the list's own names alone."""
    return _folded(township)


def _folded(text: str) -> str:
    return simple(one_variant(one_width(text)))


def _number(glyphs: str) -> int:
    """Chinese numerals below ten thousand: 二十三 as 23, 一〇五 as 105, 廿三 as 23."""
    if not any(glyph in _TENS for glyph in glyphs):
        return int("".join(str(_DIGITS[glyph]) for glyph in glyphs))
    total, digit = 0, 0
    for glyph in glyphs:
        if glyph in _DIGITS:
            digit = _DIGITS[glyph]
        else:
            ten = _TENS[glyph]
            total, digit = total + (ten if ten in (20, 30) else (digit or 1) * ten), 0
    return total + digit
