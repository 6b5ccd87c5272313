"""Improper reports (不良通報) as teaching: field by field what fell short, how often, and in which reports."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contracts.event import Sealed

MOST_EXAMPLES = 5
_PLACE = re.compile(r"(?<=/)\d+(?=/|$)")


@dataclass(frozen=True)
class TeachingNote:
    """One thing that fell short in one report: where (JSON pointer), how, and who noted it.

    `ref` is the token of its sender's own reference, by which the sender finds it again.
    """

    report_id: str
    ref: Sealed | None
    at: str
    code: str
    by_officer: bool


@dataclass(frozen=True)
class Lesson:
    """One kind of shortcoming of a month: a field and a code, in how many reports and places, with examples."""

    at: str
    code: str
    by_officer: bool
    reports: int
    times: int
    examples: tuple[Sealed, ...]


def field_of(at: str) -> str:
    """The field of a pointer, whichever person or item it stands in: `/people/2/phones/0` is `/people/*/phones/*`."""
    return _PLACE.sub("*", at)


def lessons(notes: Iterable[TeachingNote]) -> list[Lesson]:
    """The notes of a month by field and code, the most frequent first."""
    groups: dict[tuple[str, str, bool], list[TeachingNote]] = {}
    for note in notes:
        groups.setdefault((field_of(note.at), note.code, note.by_officer), []).append(note)
    found = [_lesson(*key, group) for key, group in groups.items()]
    return sorted(found, key=lambda each: (-each.reports, each.at, each.code, each.by_officer))


def _lesson(at: str, code: str, by_officer: bool, notes: Sequence[TeachingNote]) -> Lesson:
    refs = dict.fromkeys(note.ref for note in notes if note.ref)
    reports = len({note.report_id for note in notes})
    return Lesson(at, code, by_officer, reports, len(notes), tuple(refs)[:MOST_EXAMPLES])
