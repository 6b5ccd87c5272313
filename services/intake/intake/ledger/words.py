"""The words of a lesson, in zh-TW or English."""

import csv
import io
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from contracts.event import Sealed
from contracts.languages import Lang, Said
from rules.spreadsheets import harmless

from intake.domain.teaching import Lesson
from intake.ledger.answers import LessonShown, TeachingShown

_HEADINGS = {
    "zh": ("欄位", "位置", "不足", "代碼", "由篩派人員發現", "通報數", "處數", "當月通報數", "如何改進", "貴機關文號"),
    "en": ("Field", "At", "Shortcoming", "Code", "Found by an officer", "Reports", "Places", "Reports of the month",
           "What to do better", "Your references"),
}  # fmt: skip


def shown(lesson: Lesson, refs: Mapping[Sealed, str], lang: Lang) -> LessonShown:
    """A lesson in a language, with those references that `refs` tells; what has no words yet is shown as it is."""
    code = _words()["codes"].get(lesson.code) or _words()["codes"]["other"]
    better = _words()["better"].get(f"{lesson.at} {lesson.code}") or code["better"]
    return LessonShown(
        at=lesson.at,
        field=_in(lang, _words()["fields"].get(lesson.at, (lesson.at, lesson.at))),
        code=lesson.code,
        found=_in(lang, code["found"]),
        better=_in(lang, better),
        by_officer=lesson.by_officer,
        reports=lesson.reports,
        times=lesson.times,
        examples=tuple(refs[each] for each in lesson.examples if each in refs),
    )


def as_csv(sheet: TeachingShown, lang: Lang) -> bytes:
    """The sheet as CSV in UTF-8 with a byte order mark; no cell can be read as a formula."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(_HEADINGS[lang])
    for lesson in sheet.lessons:
        cells = (lesson.field, lesson.at, lesson.found, lesson.code, "1" if lesson.by_officer else "0",
                 lesson.reports, lesson.times, sheet.reports, lesson.better, " ".join(lesson.examples))  # fmt: skip
        rows.writerow([harmless(str(cell)) for cell in cells])
    return out.getvalue().encode("utf-8-sig")


def _in(lang: Lang, said: Sequence[str]) -> str:
    return Said(*said).in_(lang)


@cache
def _words() -> Mapping[str, Mapping[str, Any]]:
    words: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        (files("intake.ledger") / "teaching.yaml").read_text("utf-8")
    )
    return words
