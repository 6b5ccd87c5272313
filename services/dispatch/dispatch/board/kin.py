"""Which earlier reports may be about the same people, and why: shown to an officer, who says what they are."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.languages import Lang, Said
from contracts.reports import Report as Form
from kit.sealed import KeyVault, join
from rules.counties import settings_of

from dispatch.board.likenesses import Likenesses
from dispatch.board.stages import service
from dispatch.board.view import View
from dispatch.domain.people.duplicates import REASONS, Kind
from dispatch.domain.people.matching import LIKELY, POSSIBLE, WORDS, Candidate, candidates
from dispatch.domain.report.comparison import incoming_of, known
from dispatch.domain.report.report import Report
from dispatch.domain.report.verdicts import latest
from dispatch.policy import window_of
from dispatch.site import words
from dispatch.window.store import Reports

MOST = 60
"""How many of the latest reports under a report's keys are compared with it: a common name has thousands."""
KINDS: tuple[Kind, ...] = ("same_event", "same_person_new_event", "same_family", "not_same")


@dataclass(frozen=True)
class _Asked:
    """A report of which kin are looked for, in which language, and when."""

    report: Report
    lang: Lang
    now: datetime


class Kin:
    """Compares a report with those that share a key with it; what names people is opened for that and not shown."""

    def __init__(self, reports: Reports, vault: KeyVault) -> None:
        self._reports = reports
        self._likenesses = Likenesses(vault)

    async def of(
        self,
        report: Report,
        values: Mapping[str, Any] | None,
        opens: Callable[[Report], bool],
        lang: Lang,
        now: datetime,
    ) -> tuple[list[View], int]:
        """Earlier reports that may be kin, the likeliest first, and those that an officer spoke about.

        And how many older ones under its keys were not compared with it. Only what this officer opens; `values` are
        what names the people of the report itself.
        """
        said = latest(report.verdicts)
        found, older = await self._reports.registered_under(sorted(report.keys.blocking), also=list(said), most=MOST)
        # Two counties may have a document of one report: whoever holds it tells of it.
        mine = (each for each in found if opens(each) and _concerns(report, each, said))
        others = {each.known_as: each for each in sorted(mine, key=lambda each: each.holds)}
        incoming = incoming_of(report, Form.model_validate(join(report.public, dict(values or {}))))
        people = incoming.report.people if values else ()
        likenesses = await self._likenesses.of(report, people, list(others.values()))
        alike = [(known(each, report), likenesses.get(each.id)) for each in others.values()]
        shown = candidates(incoming, report.facts, alike, window_of(report.county))
        asked = _Asked(report, lang, now)
        views = [_candidate(one, others[one.report_id], asked) for one in shown]
        shown_ids = {each["id"] for each in views}
        rest = [each for each in others.values() if each.id in said and each.id not in shown_ids]
        return [*views, *(_spoken_of(each, asked) for each in rest)], older


def _concerns(report: Report, other: Report, said: Collection[str]) -> bool:
    """It came before, or somebody spoke about the two."""
    earlier = (other.received_at, other.id) < (report.received_at, report.id)
    return other.known_as != report.known_as and (earlier or other.id in said)


def _candidate(one: Candidate, other: Report, asked: _Asked) -> View:
    why = ({**REASONS, **WORDS}.get(reason, Said(reason, reason)) for reason in one.reasons)
    people = (_who(asked.report, one.person, asked.lang), _who(other, one.other, asked.lang))
    return _spoken_of(other, asked) | {
        "suggests": one.suggests,
        "band": band(one.score),
        "who": " ↔ ".join(people),
        "reasons": [each.in_(asked.lang) for each in why],
    }


def band(score: int) -> str:
    """How strong a likeness is: `likely`, `possible`, or `weak`, where a house or a phone alone speaks for it."""
    return "likely" if score >= LIKELY else "possible" if score >= POSSIBLE else "weak"


def _spoken_of(other: Report, asked: _Asked) -> View:
    """What an officer may know of the other report, and the verdict that holds about the two."""
    verdict = latest(asked.report.verdicts).get(other.id)
    said = verdict and {"kind": verdict.kind, "who": verdict.who, "at": words.time(verdict.at, asked.now)}
    return {
        "id": other.id,
        "serial": other.serial or other.id,
        "county": other.county,
        "received": words.time(other.received_at, asked.now),
        "outcome": "pending" if other.pending else other.decision.outcome,
        "duplicate": asked.report.decision.duplicate_of == other.known_as,
        "ended": _ended(other, asked),
        "said": said,
        "suggests": None,
        "band": "",
        "who": "",
        "reasons": [],
    }


def _ended(other: Report, asked: _Asked) -> View | None:
    """How a unit's service of the other report ended, for as long as its county lets that stand beside a new one."""
    if not other.service or not other.service.ended:
        return None
    stands = other.service.at + settings_of(other.county).closing_stands_for > asked.now
    return service(other, asked.lang, asked.now) if stands else None


def _who(report: Report, number: int, lang: Lang) -> str:
    return f"{words.word(report.form.people[number].role, lang)} {number + 1}"
