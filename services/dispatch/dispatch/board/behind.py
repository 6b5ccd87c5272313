"""The reports behind a figure: whom a rise is about is the first question of whoever is to act on it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from contracts.languages import Lang
from contracts.people import Place
from contracts.reports import CaseType
from fastapi import Query
from kit.problems import Unprocessable

from dispatch.board import view
from dispatch.domain.period import Period
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.figures.choice import EARLIEST
from dispatch.figures.dimensions import UNKNOWN
from dispatch.site import words

MOST, LONGEST = 200, 31
"""How many reports are listed, and of how many days."""
View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """The reports of one case type and some days; of one township, or of the whole county."""

    case_type: CaseType
    first: Annotated[date, Query(ge=EARLIEST)]
    last: date
    area: Annotated[str, Query(max_length=40)] = ""

    def period(self, county: str) -> Period:
        """Its days. Raises Unprocessable for more than are listed."""
        if not 0 <= (self.last - self.first).days < LONGEST:
            raise Unprocessable("Choose at most 31 days.", "至多選擇 31 天。")
        return Period(county, self.first, self.last)


def shown(found: Sequence[Report], lang: Lang, now: datetime) -> View:
    """The reports in the order in which they came, about how many people, and where they are alike."""
    persons = Counter(each.person or each.id for each in found)
    return {
        "rows": [_row(each, persons, lang, now) for each in found],
        "people": len(persons),
        "most": MOST,
        "alike": _alike(found, lang),
    }


def _row(report: Report, persons: Counter[str], lang: Lang, now: datetime) -> View:
    again = persons[report.person or report.id]
    own = {"serial": report.serial, "village": _village(report), "again": again if again > 1 else 0}
    return view.row(report, lang, now) | own


def _alike(found: Sequence[Report], lang: Lang) -> list[View]:
    """What the reports have in common, each with how many: who sent them, from where, with which signs, what became."""
    heads = {
        "source_unit": (each.source_unit for each in found),
        "village": (_village(each) or UNKNOWN for each in found),
        "signs": (sign for each in found for sign in sorted(each.facts.danger_signs)),
        "outcome": ("pending" if each.stage == Stage.PENDING else each.decision.outcome for each in found),
    }
    return [{"head": words.word(head, lang), "counts": _counted(head, each, lang)} for head, each in heads.items()]


def _counted(head: str, values: Iterable[str], lang: Lang) -> list[tuple[str, int]]:
    def said(value: str) -> str:
        if head == "village" and value != UNKNOWN:
            return value
        return words.code("danger_signs", value, lang) if head == "signs" else words.word(value, lang)

    return [(said(value), count) for value, count in Counter(values).most_common()]


def _village(report: Report) -> str:
    """Of the event, where it was in the township that the report counts for."""
    place = report.form.event.place or Place()
    return place.village or "" if place.township == report.township else ""
