"""Which earlier reports may be about the same people, and why: shown to an officer, who says what they are."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.event import Sealed
from contracts.reports import Report
from kit.mongo import Document
from kit.sealed import KeyVault, join

from dispatch.board.view import View
from dispatch.domain.people.duplicates import REASONS, Kind
from dispatch.domain.people.matching import LIKELY, POSSIBLE, WORDS, Candidate, Opened, candidates
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.report.verdicts import latest
from dispatch.domain.triage.facts import Facts
from dispatch.policy import policies
from dispatch.site import words
from dispatch.window.events import report_of
from dispatch.window.incoming import incoming_of
from dispatch.window.records import known
from dispatch.window.stages import UNDECIDED, holds
from dispatch.window.store import Reports

MOST = 60
"""How many of the latest reports under a report's keys are compared with it: a common name has thousands."""
KINDS: tuple[Kind, ...] = ("same_event", "same_person_new_event", "same_family", "not_same")


@dataclass(frozen=True)
class _Asked:
    """A report of which kin are looked for, in which language, and when."""

    document: Document
    lang: str
    now: datetime


class Kin:
    """Compares a report with those that share a key with it; what names people is opened for that and not shown."""

    def __init__(self, reports: Reports, vault: KeyVault) -> None:
        self._reports = reports
        self._vault = vault

    async def of(
        self,
        document: Document,
        values: Mapping[str, Any] | None,
        opens: Callable[[Document], bool],
        lang: str,
        now: datetime,
    ) -> list[View]:
        """Earlier reports that may be kin, the likeliest first, and those that an officer spoke about.

        Only what this officer opens; `values` are what names the people of the report itself.
        """
        said = latest(document.get("verdicts", ()))
        found = await self._reports.registered_under(document["keys"]["blocking"], also=list(said), most=MOST)
        # Two counties may have a document of one report: whoever holds it tells of it.
        found = sorted((each for each in found if opens(each) and _concerns(document, each, said)), key=holds)
        others = {report_of(each): each for each in found}
        opened = await self._opened(document, list(others.values()))
        mine = incoming_of(document, Report.model_validate(join(document["report"], dict(values or {}))))
        shown = await asyncio.to_thread(_suggested, mine, document, opened)
        asked = _Asked(document, lang, now)
        views = [_candidate(one, others[one.report_id], asked) for one in shown]
        shown_ids = {each["id"] for each in views}
        rest = [each for each in others.values() if each["_id"] in said and each["_id"] not in shown_ids]
        return [*views, *(_spoken_of(each, asked) for each in rest)]

    async def _opened(self, document: Document, others: Sequence[Document]) -> list[Opened]:
        tokens = {each["_id"]: Sealed(token) for each in others if (token := each["sealed"].get("report"))}
        values = dict(zip(tokens, await self._vault.open(list(tokens.values())), strict=True)) if tokens else {}
        return [Opened(known(each, document), _people(each, values.get(each["_id"]))) for each in others]


def _concerns(document: Document, other: Document, said: Mapping[str, Any]) -> bool:
    """It came before, or somebody spoke about the two."""
    earlier = (other["received_at"], other["_id"]) < (document["received_at"], document["_id"])
    return report_of(other) != report_of(document) and (earlier or other["_id"] in said)


def _people(document: Document, values: Mapping[str, Any] | None) -> tuple[Any, ...]:
    return Report.model_validate(join(document["report"], dict(values))).people if values else ()


def _suggested(mine: Incoming, document: Document, opened: Sequence[Opened]) -> tuple[Candidate, ...]:
    return candidates(mine, Facts.of_stored(document["facts"]), opened, policies().rules.window)


def _candidate(one: Candidate, other: Document, asked: _Asked) -> View:
    pairs = ({**REASONS, **WORDS}.get(reason, (reason, reason)) for reason in one.reasons)
    people = (_who(asked.document, one.person, asked.lang), _who(other, one.other, asked.lang))
    return _spoken_of(other, asked) | {
        "suggests": one.suggests,
        "band": band(one.score),
        "who": " ↔ ".join(people),
        "reasons": [pair[words.LANGUAGES.index(asked.lang)] for pair in pairs],
    }


def band(score: int) -> str:
    """How strong a likeness is: `likely`, `possible`, or `weak`, where a house or a phone alone speaks for it."""
    return "likely" if score >= LIKELY else "possible" if score >= POSSIBLE else "weak"


def _spoken_of(other: Document, asked: _Asked) -> View:
    """What an officer may know of the other report, and the verdict that holds about the two."""
    verdict = latest(asked.document.get("verdicts", ())).get(other["_id"])
    said = verdict and {"kind": verdict["kind"], "who": verdict["who"], "at": words.time(verdict["at"], asked.now)}
    return {
        "id": other["_id"],
        "serial": other["serial"] or other["_id"],
        "county": other["county"],
        "received": words.time(other["received_at"], asked.now),
        "outcome": "pending" if other["stage"] in UNDECIDED else other["decision"]["outcome"],
        "duplicate": asked.document["decision"]["duplicate_of"] == report_of(other),
        "said": said,
        "suggests": None,
        "band": "",
        "who": "",
        "reasons": [],
    }


def _who(document: Document, number: int, lang: str) -> str:
    return f"{words.word(document['report']['people'][number]['role'], lang)} {number + 1}"
