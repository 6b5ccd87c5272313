"""Meetings as iCalendar (RFC 5545): when, where, which kind; nothing of what is discussed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from network.meetings.domain.meeting import Meeting
from network.meetings.reading import rulebook

LINE = 75
"""Octets of a line, after which it is folded (3.1)."""


def of(meetings: Sequence[Meeting], at: datetime) -> bytes:
    """A calendar of these meetings, as they are known at a time."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Safety Net//meetings//EN", "CALSCALE:GREGORIAN"]
    for each in meetings:
        lines += _event(each, at)
    return b"".join(_folded(line) + b"\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(meeting: Meeting, at: datetime) -> list[str]:
    purpose = rulebook().purposes.get(meeting.purpose)
    where = ", ".join(filter(None, (meeting.room, meeting.place, meeting.link)))
    state = "CANCELLED" if meeting.state == "cancelled" else "CONFIRMED" if meeting.fixed else "TENTATIVE"
    return [
        "BEGIN:VEVENT", f"UID:{meeting.id}@safety-net", f"SEQUENCE:{meeting.version - 1}", f"DTSTAMP:{_time(at)}",
        f"DTSTART:{_time(meeting.at)}", f"DTEND:{_time(meeting.at + timedelta(minutes=meeting.minutes))}",
        f"SUMMARY:{_text(purpose.zh if purpose else meeting.purpose)}", f"STATUS:{state}",
        *([f"LOCATION:{_text(where)}"] if where else []), "END:VEVENT",
    ]  # fmt: skip


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(words: str) -> str:
    for sign in ("\\", ";", ","):
        words = words.replace(sign, f"\\{sign}")
    return " ".join(words.splitlines())


def _folded(line: str) -> bytes:
    return b"\r\n ".join(_pieces(line))


def _pieces(line: str) -> Iterator[bytes]:
    """In pieces of so many octets, none of which ends within a sign."""
    piece = b""
    for sign in line:
        octets = sign.encode()
        if len(piece) + len(octets) > LINE - 1:
            yield piece
            piece = b""
        piece += octets
    yield piece
