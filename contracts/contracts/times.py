"""Days and times as people in Taiwan write them, in either calendar; what has two meanings is asked, not guessed.

The first word of a ValueError is a code, for readers with words of their own; the rest says how to write it.
"""

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field

TAIWAN = timezone(timedelta(hours=8), "Asia/Taipei")
HOW = {
    "no_time_of_day": "add the time of day, as in 2026-11-20T21:40:00+08:00; if only the day is known, leave it out",
    "no_day": "add the day, as in 2026-11-20T21:40:00+08:00",
    "no_time_zone": "add the time zone, such as +08:00 for Taiwan",
    "two_digit_year": "write four digits of the year, or three of an ROC year: 1990-03-12 or 079/03/12",
    "bare_number": "write the day with its separators, as in 2026-11-20T21:40:00+08:00 or 1990-03-12",
    "twelve_oclock": "write midnight as 00:00 of the day that it begins, and noon as 12:00",
    "hour_of_night": "an hour after midnight is one of the next day: write it with that day, as 01:30",
    "not_a_time": "write 2026-11-20T21:40:00+08:00, or 民國115年11月20日 下午9:40",
    "not_a_date": "write 1990-03-12, or the ROC date 0790312 or 79/03/12",
}
BEFORE_THE_REPUBLIC = 1911
"""What to add to a year of the Republic (民國)."""
_LEAST_ROC = 32
"""Two digits below may be a day, or a year after 2000; from here on they are an ROC year, as in most birth dates."""
_LONGEST = 100
_ERA = r"(?P<era>(?:中華)?民國|民|r\.?o\.?c\.?|西元|公元)?\s*"
_DAY = re.compile(
    _ERA + r"(?P<year>\d{1,4}|元)\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日號]?"
    r"(?:\s*\(?(?:mon|tue|wed|thu|fri|sat|sun)\w*\)?|\s*\(?(?:星期|[週周])[一二三四五六日天]\)?|\s*\([一二三四五六日天]\))?"
)
_DIGITS = re.compile(
    _ERA + r"(?P<year>(?:19|20)\d{2}|[01]\d{2}|\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<clock>\d{4}|\d{6})?(?!\d)"
)
_HALVES = {
    "凌晨": range(8),
    "清晨|早晨|清早|早上": range(1, 12),
    "上午|午前|am": range(12),
    "中午|正午": range(11, 15),
    "下午|午後|pm": range(12, 24),
    "傍晚": range(15, 20),
    "晚上|晚間|夜間|夜晚|深夜|半夜|午夜": range(17, 25),
}
"""Words for a part of the day, and the hours that lie in it. Spreadsheets say 下午 of every hour after noon."""
_HOURS = {word: hours for words, hours in _HALVES.items() for word in words.split("|")}
_HALF = "|".join(_HOURS).replace("am", r"a\.?m\.?").replace("pm", r"p\.?m\.?")
_CLOCK = re.compile(
    rf"(?P<half>{_HALF})?\s*(?:(?P<hour>\d\d?)\s*(?:(?:[:時點]\s*(?P<minute>\d\d?|半)|[時點])"
    r"(?:\s*(?::\s*|分\s*)(?P<second>\d\d?)(?:[.,]\d+)?\s*秒?|\s*分)?)|(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)?|(?P<alone>\d\d?))"
    rf"\s*(?P<end>{_HALF})?\s*(?P<zone>z|(?:utc|gmt)?\s*[-+]\d\d?(?::?\d\d)?|utc|gmt)?(?:\[[a-z_/]+\])?"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_NTH = r"(?:st|nd|rd|th)?"
_APART = r"[\s,./-]*"
_IN_ENGLISH = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?[,\s]+)?"
    rf"(?:(?P<day>\d\d?){_NTH}{_APART}(?:of\s+)?(?P<month>{_MONTH}){_APART}(?P<year>\d+)"
    rf"|(?P<m>{_MONTH}){_APART}(?P<d>\d\d?){_NTH}(?:\s+(?P<clock>\d\d?:\d\d(?::\d\d)?)\s+|[\s,./-]+)(?P<y>\d+)"
    rf"|(?P<y1>\d{{4}}){_APART}(?P<m1>{_MONTH}){_APART}(?P<d1>\d\d?){_NTH})(?![\d:])(?:,?\s+at\b)?"
)
"""20 Nov 2026, November 20th, 2026, Fri Nov 20 21:40:00 2026, 2026-Nov-20: a month that is named is in no doubt."""
_ZONE_NAMED = re.compile(r"\s*\([a-z ]+ time\)$")
"""As a browser writes it behind the offset: GMT+0800 (Taipei Standard Time)."""
_ISO = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[-+](?:0\d|1[0-3]):\d\d|[-+]14:00)", re.ASCII
)
_ISO_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?")
_UNIX_LENGTHS = (10, 13)
_DIGITS_IN_CHINESE = "〇一二三四五六七八九"
_ABOUT = re.compile(r"^大?約\s*|\s*(?:許|左右)$")
_FIGURES = re.compile(r"[〇○零一二三四五六七八九十百廿卅]+(?=\s*[年月日號時點分秒])")
_CHINESE = re.compile(r"[一-鿿]")


def read_day(text: str) -> date:
    """The day that a text names, and nothing but the day. Raises ValueError."""
    if _ISO_DAY.fullmatch(text):  # as services write it, in every report
        with suppress(ValueError):
            return date.fromisoformat(text)
    day, rest, _ = _day_of(_folded(text, "not_a_date"), "not_a_date")
    if rest and not _begins_the_day(rest):
        raise unread("not_a_date")
    return day


def _begins_the_day(rest: str) -> bool:
    """Whether what follows a day is its first moment, as databases and spreadsheets write it, here or in UTC."""
    match = _CLOCK.fullmatch(rest)
    return match is not None and not _since_midnight(match) and _zone(match["zone"]) in (None, UTC, TAIWAN)


def read_time(text: str, zone: timezone | None = None) -> datetime:
    """The instant that a text names; `zone` is meant where none is said. Raises ValueError.

    What only Taiwan writes (ROC years, Chinese words) is Taiwan's time.
    """
    folded = _ABOUT.sub("", _folded(text, "not_a_time"))
    if _CLOCK.fullmatch(folded) and not folded.isdigit():
        raise unread("no_day")
    day, rest, is_roc = _day_of(folded, "not_a_time")
    if not rest:
        raise unread("no_time_of_day")
    match = _CLOCK.fullmatch(rest)
    if not match:
        raise unread("not_a_time")
    since = _since_midnight(match)
    told = _zone(match["zone"]) or (TAIWAN if is_roc or _CHINESE.search(folded) else zone)
    if told is None:
        raise unread("no_time_zone")
    return datetime.combine(day, time(), told) + since


def read_instant(value: object) -> object:
    """A text as `read_time` reads it: digits alone, and numbers, would be taken for the seconds since 1970."""
    if isinstance(value, int | float):
        raise unread("bare_number")
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value) if _ISO.fullmatch(value) else read_time(value)
    except ValueError as error:
        raise error if str(error).partition(":")[0] in HOW else unread("not_a_time") from None


Instant = Annotated[AwareDatetime, BeforeValidator(read_instant)]
At = Annotated[
    AwareDatetime,
    Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
    BeforeValidator(read_instant),
]
"""A time of somebody alive: at the ends of the calendar there is no other zone, and no next month."""


def unread(code: str) -> ValueError:
    """The error of a text that cannot be read, or not in one way alone."""
    return ValueError(f"{code}: {HOW[code]}")


def _folded(text: str, otherwise: str) -> str:
    """A text without what no reader sees: width, case, kinds of dashes and colons, and how many blanks."""
    if len(text) > _LONGEST:
        raise unread(otherwise)
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    dashed = re.sub("[‐-―−]", "-", _FIGURES.sub(_in_digits, plain)).replace("∶", ":").casefold()
    return re.sub(r"^(\d+)\.0+$", r"\1", _in_numbers(" ".join(dashed.split())))


def _in_numbers(text: str) -> str:
    """A text whose day has an English month with that day in numbers. Raises ValueError for a year in two digits."""
    if not (found := _IN_ENGLISH.match(text)):
        return text
    said = {name: value for name, value in found.groupdict().items() if value}
    year, month, day = (said.get(each) or said.get(each[0]) or said[f"{each[0]}1"] for each in ("year", "month", "day"))
    if len(year) != 4:
        raise unread("two_digit_year")
    told = f"{year}-{_MONTHS[month[:3]]:02}-{int(day):02} {said.get('clock', '')}{text[found.end() :]}"
    return _ZONE_NAMED.sub("", told).strip()


def _in_digits(found: re.Match[str]) -> str:
    """Chinese figures, digit by digit (一一五), or in tens and hundreds (一百一十五)."""
    figures = re.sub("[○零]", "〇", found[0].replace("廿", "二十").replace("卅", "三十"))
    if not {*"十百"} & {*figures}:
        return "".join(str(_DIGITS_IN_CHINESE.index(each)) for each in figures)
    total = digit = 0
    for each in figures:
        if each in "十百":
            total, digit = total + (digit or 1) * (10 if each == "十" else 100), 0
        else:
            digit = _DIGITS_IN_CHINESE.index(each)
    return str(total + digit)


def _day_of(folded: str, otherwise: str) -> tuple[date, str, bool]:
    """The day that a text begins with, what follows, and whether the year is one of the ROC."""
    match = _DAY.match(folded) or (None if len(folded) in _UNIX_LENGTHS and folded.isdigit() else _DIGITS.match(folded))
    if match is None:
        raise unread("bare_number" if _NUMBER.fullmatch(folded) else otherwise)
    year, is_roc = _year(match["era"], match["year"])
    try:
        day = date(year, int(match["month"]), int(match["day"]))
    except ValueError:
        raise unread(otherwise) from None
    clock = match.groupdict().get("clock") or ""
    return day, clock + folded[match.end() :].lstrip(" ,t"), is_roc


def _year(era: str | None, digits: str) -> tuple[int, bool]:
    number = 1 if digits == "元" else int(digits)
    padded = len(digits) == 4 and digits[0] == "0"  # 0115 is 115; 0001 is what programs write for no day at all
    is_roc = padded or len(digits) < 4 if era is None else era[0] not in "西公"
    short = era is None and (len(digits) < 3 or padded) and number < _LEAST_ROC and digits != "元"
    if short or (not is_roc and number < 1000):
        raise unread("two_digit_year")
    return number + BEFORE_THE_REPUBLIC * is_roc, is_roc


def _since_midnight(match: re.Match[str]) -> timedelta:
    minutes = match["minute"] or match["m"] or "0"
    minute = 30 if minutes == "半" else int(minutes)
    second = int(match["second"] or match["s"] or 0)
    half = (match["half"] or match["end"] or "").replace(".", "")
    if match["alone"] and not half:
        raise unread("not_a_time")
    hour = _hour(int(match["hour"] or match["h"] or match["alone"]), half)
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise unread("not_a_time")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _hour(hour: int, half: str) -> int:
    """The hour of the day that is said with a part of the day, or without."""
    if not half:
        return hour
    meant = ({hour, hour + 12} if hour < 12 else {hour, hour % 12} if hour == 12 else {hour}) & {*_HOURS[half]}
    if len(meant) == 1:
        return meant.pop()
    if hour in (0, 12, 24):
        raise unread("twelve_oclock")
    raise unread("hour_of_night" if hour < 6 and 23 in _HOURS[half] else "not_a_time")


def _zone(said: str | None) -> timezone | None:
    if said is None:
        return None
    sign, hours, minutes = re.fullmatch(r"\D*?([-+]?)(\d\d?)?:?(\d\d)?", said).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > timedelta(hours=14):
        raise unread("not_a_time")
    return timezone(-offset if sign == "-" else offset)
