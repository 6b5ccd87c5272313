"""What the lists and the edge of the board say: a report as a row, and the counters."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from contracts.decisions import SERVED, Outcome
from contracts.languages import Lang
from rules.counties import settings_of
from web import times

from contracts import words as contract
from dispatch.domain.report.deadlines import level_of
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import OPEN, Stage
from dispatch.figures.edge import Edge
from dispatch.figures.ledger import Counters
from dispatch.site import words
from dispatch.site.places import township

LAST = 10**15
MANY = 100
"""So many records waiting are worth a word: fewer are on their way."""
OVER, LATEST = "over", "latest"
GROUPS = (
    OVER, Stage.PENDING, Stage.ARRIVED, Stage.RETURNED, Stage.WAITING, Stage.INVESTIGATING, LATEST,
)  # fmt: skip
"""The lists of the board from top to bottom: what is over, what waits (a list for each stage), what was settled."""
View = dict[str, Any]
ANOTHER_EVENT = ("same_person_new_event", "same_family")
OUTCOMES = tuple(map(str, contract.OUTCOMES))


def row(report: Report, lang: Lang, now: datetime) -> View:
    """One row: its clock first, then what it is about, then where it stands."""
    decision, due, held = report.decision, report.breach_at, report.claimed(now)
    group = group_of(report, now)
    return {
        "id": report.id,
        "county": report.county,
        "case_type": report.case_type,
        "source_unit": report.source_unit,
        "township": township(report.township, lang),
        "signs": [words.code("danger_signs", sign, lang) for sign in sorted(report.facts.danger_signs)],
        "again": again(report),
        "pending": report.pending,
        "level": level_of(report, now),
        "outcome": decision.outcome,
        "priority": decision.priority,
        "unit": words.unit(decision.unit, lang) or words.county_or_none(decision.transferred_to, lang) or "",
        "note": _note(report, lang),
        "asked_next": _asked_next(report, lang),
        "claimed": held.name if held else "",
        "asked": bool(report.asked),
        "due": due.isoformat() if due else None,
        "left": times.left(due, now, lang) if due else "",
        "share": _share(decision.decided_at, due, now),
        "since": decision.decided_at.isoformat(),
        "tone": tone(due, now, settings_of(report.county).soon, queued=group != LATEST),
        "group": group,
        "sort": -int(decision.decided_at.timestamp() * 1000) if group == LATEST else _by_clock(due),
        "received": words.time(report.received_at, now, lang),
        "received_iso": report.received_at.isoformat(),
    }


def again(report: Report) -> str:
    """`in_service` where a unit serves the family already (處遇中再通報), as dispatch found it or network joined it to
    a case; `after_service` where one did; else nothing.
    """
    relation, happened = report.decision.relation, {each.what for each in report.history}
    if report.decision.outcome is Outcome.DUPLICATE:
        return ""
    served = relation is not None and relation.kind in ANOTHER_EVENT and relation.known_outcome in SERVED
    ended = relation is not None and relation.known_ended
    if (served and not ended) or ("case_joined" in happened and not happened & {"case_opened", "case_reopened_by"}):
        return "in_service"
    return "after_service" if served or "case_reopened_by" in happened else ""


def group_of(report: Report, now: datetime) -> str:
    """The list that a report stands in."""
    if report.breach_at and report.breach_at < now:
        return OVER
    return report.stage if report.stage in OPEN else LATEST


def _by_clock(due: datetime | None) -> int:
    return int(due.timestamp()) if due else LAST


def _share(since: datetime, due: datetime | None, now: datetime) -> int:
    """How much of a clock's time is used up, in percent."""
    return min(100, max(0, round(100 * (now - since) / (due - since)))) if due and due > since else 100


def tone(due: datetime | None, now: datetime, soon: timedelta, *, queued: bool) -> str:
    """How urgent a clock is: over, soon, calm, or nothing for one that does not press."""
    pressing = times.urgency(due, now, soon)
    return pressing if queued or pressing != "calm" else ""


def _note(report: Report, lang: Lang) -> str:
    if report.stage == Stage.ACCEPTED and report.accepted:
        return f"{words.word('accepted_by', lang)} {report.accepted.by}"
    if report.stage == Stage.RETURNED and report.returned:
        return f"{words.word('returned_by', lang)} {words.reason(report.returned.reason, lang)}"
    return words.word(report.stage, lang) if report.stage in (Stage.WAITING, Stage.INVESTIGATING) else ""


def _asked_next(report: Report, lang: Lang) -> str:
    """Whom notify asked since nobody in the unit answered, while that is so."""
    escalated = report.escalated
    if report.stage != Stage.WAITING or escalated is None or escalated.at < report.decision.decided_at:
        return ""
    return words.reason(f"asked_next.{escalated.whom}", lang)


def counters(found: Counters, edge: Edge, lang: Lang, now: datetime) -> View:
    """The edge of the board in words and numbers."""
    today, clocks = found.today, edge.clocks
    return {
        "over": clocks.over,
        "tonight": clocks.tonight,
        "tomorrow": clocks.tomorrow,
        "morning": words.time(clocks.morning, now, lang),
        "to_do": sum(found.waits.get(stage, 0) for stage in (Stage.PENDING, Stage.ARRIVED, Stage.RETURNED)),
        "waits": [{"id": stage, "count": found.waits.get(stage, 0)} for stage in GROUPS[1:-1]],
        "sources": [{"id": unit, "count": count} for unit, count in edge.sources.items()],
        "senders": senders(edge.heard, lang, now),
        "health": health(edge, lang, now),
        "open_now": sum(found.waits.values()),
        "accepted": today.accepted,
        "received": today.received,
        "arrived": today.arrived,
        "decided": sum(today.decided.values()),
        "open": today.open,
        "on_the_way": today.on_the_way,
        "missing": today.missing,
        "equation": found.equation,
        "outcomes": [{"id": name, "count": today.decided.get(name, 0)} for name in OUTCOMES],
        "next_clock": words.time(found.next_at, now, lang),
    }


def senders(heard: Mapping[str, Any] | None, lang: Lang, now: datetime) -> View:
    """Which senders are silent beyond their own rhythm, the most missed first, and how many are alive."""
    silent = sorted(heard["silent"] if heard else (), key=lambda each: -each["expected"])
    told = words.word("silent_sender", lang)
    return {
        "known": heard is not None,
        "alive": words.number(heard["heard"] if heard else 0, lang),
        "silent": [
            {
                "name": f"{each['agency_id']} ({words.word(each['source_unit'], lang)})",
                "words": told.format(words.time(each["last_at"], now, lang), words.number(each["expected"], lang)),
            }
            for each in silent
        ],
    }


def health(edge: Edge, lang: Lang, now: datetime) -> View:
    """Whether reports arrive, in one sentence, and whether that is a reason to worry."""
    if away := edge.kafka.away_since:
        return {"tone": "over", "words": words.word("kafka_away", lang).format(words.time(away, now, lang))}
    if edge.kafka.waiting > MANY:
        return {"tone": "soon", "words": words.word("behind", lang).format(words.number(edge.kafka.waiting, lang))}
    if edge.delay is not None:
        return {"tone": "", "words": words.word("arriving", lang).format(words.seconds(edge.delay, lang))}
    if edge.last_at:
        return {"tone": "", "words": words.word("last_report", lang).format(words.ago(now - edge.last_at, lang))}
    return {"tone": "", "words": words.word("no_report_yet", lang)}


def listed(reports: Sequence[Report], lang: Lang, now: datetime) -> dict[str, list[View]]:
    """The rows of every list, each in its order."""
    lists: dict[str, list[View]] = {group: [] for group in GROUPS}
    for report in reports:
        shown = row(report, lang, now)
        lists.setdefault(shown["group"], []).append(shown)
    return {group: sorted(rows, key=lambda each: int(each["sort"])) for group, rows in lists.items()}
