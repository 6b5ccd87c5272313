"""Days and times as people in Taiwan write them, in either calendar; what has two meanings is asked, not guessed.

The first word of a ValueError is a code, for readers with words of their own; the rest says how to write it.
"""

import re
import unicodedata
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

TAIWAN = timezone(timedelta(hours=8), "Asia/Taipei")
HOW = {
    "no_time_of_day": "add the time of day, as in 2026-11-20T21:40:00+08:00; if only the day is known, leave it out",
    "no_day": "add the day, as in 2026-11-20T21:40:00+08:00",
    "no_time_zone": "add the time zone, such as +08:00 for Taiwan",
    "two_digit_year": "write four digits of the year, or three of an ROC year: 1990-03-12 or 079/03/12",
    "bare_number": "write the day with its separators, as in 2026-11-20T21:40:00+08:00 or 1990-03-12",
    "twelve_oclock": "write midnight as 00:00 of the day that it begins, and noon as 12:00",
    "not_a_time": "write 2026-11-20T21:40:00+08:00, or 民國115年11月20日 下午9:40",
    "not_a_date": "write 1990-03-12, or the ROC date 0790312 or 79/03/12",
}
BEFORE_THE_REPUBLIC = 1911
"""What to add to a year of the Republic (民國)."""
_LEAST_ROC = 32
"""Two digits below may be a day, or a year after 2000; from here on they are an ROC year, as in most birth dates."""
_LONGEST = 100
_ERA = r"(?P<era>(?:中華)?民國|西元|公元)?\s*"
_DAY = re.compile(
    _ERA + r"(?P<year>\d{1,4}|元)\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*日?"
    r"(?:\s*\(?(?:星期|[週周])[一二三四五六日天]\)?|\s*\([一二三四五六日天]\))?"
)
_DIGITS = re.compile(
    _ERA + r"(?P<year>(?:19|20)\d{2}|[01]\d{2}|\d{2})(?P<month>\d{2})(?P<day>\d{2})(?P<clock>\d{4}|\d{6})?(?!\d)"
)
_HALF = r"凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|晚間|[ap]\.?m\.?"
_CLOCK = re.compile(
    rf"(?P<half>{_HALF})?\s*(?:(?P<hour>\d\d?)\s*(?:(?:[:時點]\s*(?P<minute>\d\d?|半)|[時點])"
    r"(?:\s*(?::\s*|分\s*)(?P<second>\d\d?)(?:[.,]\d+)?\s*秒?|\s*分)?)|(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)?)"
    rf"\s*(?P<end>{_HALF})?\s*(?P<zone>z|(?:utc|gmt)?\s*[-+]\d\d?(?::?\d\d)?|utc|gmt)?"
)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)", re.ASCII)
_ISO_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?")
_UNIX_LENGTHS = (10, 13)
_MORNING = frozenset({"凌晨", "清晨", "早上", "上午", "am"})
_MIDNIGHT = frozenset({"凌晨", "上午", "am"})
_AFTERNOON = frozenset({"下午", "pm"})
_CHINESE = re.compile(r"[一-鿿]")


def read_day(text: str) -> date:
    """The day that a text names, and nothing but the day. Raises ValueError."""
    if _ISO_DAY.fullmatch(text):  # as services write it, in every report
        with suppress(ValueError):
            return date.fromisoformat(text)
    day, rest, _ = _day_of(_folded(text, "not_a_date"), "not_a_date")
    # A database writes a day with its first moment.
    if rest and not re.fullmatch(r"00:00(:00(\.0+)?)?", rest):
        raise unread("not_a_date")
    return day


def read_time(text: str, zone: timezone | None = None) -> datetime:
    """The instant that a text names; `zone` is meant where none is said. Raises ValueError.

    What only Taiwan writes (ROC years, Chinese words) is Taiwan's time.
    """
    folded = _folded(text, "not_a_time")
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
    """A text as `read_time` reads it: one of digits alone would be taken for the seconds since 1970."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value) if _ISO.fullmatch(value) else read_time(value)
    except ValueError as error:
        raise error if str(error).partition(":")[0] in HOW else unread("not_a_time") from None


Instant = Annotated[AwareDatetime, BeforeValidator(read_instant)]


def unread(code: str) -> ValueError:
    """The error of a text that cannot be read, or not in one way alone."""
    return ValueError(f"{code}: {HOW[code]}")


def _folded(text: str, otherwise: str) -> str:
    """A text without what no reader sees: width, case, kinds of dashes and colons, and how many blanks."""
    if len(text) > _LONGEST:
        raise unread(otherwise)
    plain = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    dashed = re.sub("[‐-―−]", "-", plain).replace("∶", ":").casefold()
    return re.sub(r"^(\d+)\.0+$", r"\1", " ".join(dashed.split()))


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
    is_roc = len(digits) < 4 if era is None else "民國" in era
    if era is None and len(digits) < 3 and number < _LEAST_ROC and digits != "元":
        raise unread("two_digit_year")
    return number + BEFORE_THE_REPUBLIC * is_roc, is_roc


def _since_midnight(match: re.Match[str]) -> timedelta:
    minutes = match["minute"] or match["m"] or "0"
    minute = 30 if minutes == "半" else int(minutes)
    second = int(match["second"] or match["s"] or 0)
    hour = _hour(int(match["hour"] or match["h"]), (match["half"] or match["end"] or "").replace(".", ""))
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second)):
        raise unread("not_a_time")
    return timedelta(hours=hour, minutes=minute, seconds=second)


def _hour(hour: int, half: str) -> int:
    """The hour of the day that is said with the half of the day, or without."""
    if not half or (12 < hour < 24 and half not in _MORNING):
        return hour
    if hour in (0, 12) and half in _MIDNIGHT:
        return 0
    if (hour in (0, 12) and half in _AFTERNOON) or (hour == 12 and half == "中午"):
        return 12
    if hour in (0, 12):
        raise unread("twelve_oclock")
    if hour > 12:
        raise unread("not_a_time")
    return hour if half in _MORNING or (half == "中午" and hour == 11) else hour + 12


def _zone(said: str | None) -> timezone | None:
    if said is None:
        return None
    sign, hours, minutes = re.fullmatch(r"\D*?([-+]?)(\d\d?)?:?(\d\d)?", said).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > timedelta(hours=14):
        raise unread("not_a_time")
    return timezone(-offset if sign == "-" else offset)
