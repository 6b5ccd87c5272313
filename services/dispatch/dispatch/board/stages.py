"""What a report's page says of its stage: who returned it, who visits, what was found, where it was sent."""

from datetime import datetime

from contracts.decisions import SERVED
from contracts.languages import Lang

from dispatch.board.view import View
from dispatch.domain.report.deadlines import level_of
from dispatch.domain.report.report import Report
from dispatch.domain.report.stages import Stage
from dispatch.site import words
from dispatch.window.investigations import GRADED, Found, kind_of, may_be_special, setting
from dispatch.window.teaching import CODES, PLACES

FINDABLE = (Stage.WAITING, Stage.ACCEPTED)
"""A unit serves the family or is asked to: what its visit found may be recorded."""


def view_of(report: Report, lang: Lang, now: datetime) -> View:
    """For the acts of the panel; the lists of choices beside what was done."""
    return {
        "level": level_of(report, now),
        "arrived": report.stage == Stage.ARRIVED,
        "may_visit": bool(kind_of(report)),
        "may_be_special": may_be_special(report),
        "visit": _visit(report, lang, now),
        "may_find": report.stage in FINDABLE and report.decision.outcome in SERVED,
        "finding": _finding(report, lang, now),
        "founds": [str(each) for each in Found],
        "graded": [str(each) for each in GRADED],
        "said": _said(report, lang),
        "holds": report.holds,
        "service": service(report, lang, now),
        "transfer": _transfer(report, lang, now),
        "returns": report.returns,
        "assignee": (report.assignee.name or words.word("any_supervisor", lang)) if report.assignee else "",
        "responsible": _window(report.responsible, lang),
        "improper": _improper(report, lang, now),
        "places": [{"id": each, "name": words.word(f"at.{each}", lang)} for each in PLACES],
        "shortcomings": [{"id": each, "name": words.word(f"short.{each}", lang)} for each in CODES],
    }


def _improper(report: Report, lang: Lang, now: datetime) -> View | None:
    if not (found := report.improper):
        return None
    each = [f"{words.word('at.' + one.at, lang)} {words.word('short.' + one.code, lang)}" for one in found.shortcomings]
    return {"who": found.name, "at": words.time(found.at, now, lang), "what": each}


def service(report: Report, lang: Lang, now: datetime) -> View | None:
    """What the unit made of the case, and until when a report opens a closed one again."""
    if not (found := report.service):
        return None
    watched = found.watched_until if found.watched_until and found.watched_until > now else None
    until = words.word("watched_until", lang).format(words.time(watched, now, lang)) if watched else ""
    reason = words.reason(found.reason, lang) if found.reason else ""
    return {"what": words.word(f"served.{found.state}", lang), "at": words.time(found.at, now, lang), "who": found.by,
            "detail": [each for each in (words.unit(found.unit, lang), reason, until) if each]}  # fmt: skip


def _transfer(report: Report, lang: Lang, now: datetime) -> View | None:
    """Where the report came from, or where it was sent and what became of it there."""
    if came := report.arrived_from:
        return {"what": words.word("transfer.arrived", lang), "county": words.county(came.county, lang),
                "at": words.time(came.at, now, lang)}  # fmt: skip
    if not (sent := report.transfer):
        return None
    return {"what": words.word(f"transfer.{sent.state}", lang), "county": words.county(sent.to, lang),
            "at": words.time(sent.accepted_at or sent.at, now, lang)}  # fmt: skip


def _visit(report: Report, lang: Lang, now: datetime) -> View | None:
    """Who visits the family for the window, by when, under which kind of the setting."""
    visit = report.investigation
    if not visit or report.stage != Stage.INVESTIGATING:
        return None
    kind = setting().named(visit.kind)
    return {"who": visit.investigator, "until": words.time(visit.due_at, now, lang),
            "kind": getattr(kind, lang) if kind else visit.kind, "verified": setting().verified}  # fmt: skip


def _finding(report: Report, lang: Lang, now: datetime) -> View | None:
    if not (found := report.finding):
        return None
    return {"what": words.word(f"found.{found.found}", lang), "who": found.name,
            "at": words.time(found.at, now, lang)}  # fmt: skip


def _said(report: Report, lang: Lang) -> str:
    """The table's own result where a person decided otherwise: it stays visible beside it."""
    otherwise = report.said and report.said.outcome != report.decision.outcome
    return words.word(report.said.outcome, lang) if report.said and otherwise else ""


def _window(unit: str, lang: Lang) -> str:
    """A unit with its county: of a transfer the one that answers may be another's."""
    return f"{words.county(unit.partition('/')[0], lang)} {words.unit(unit, lang)}"
