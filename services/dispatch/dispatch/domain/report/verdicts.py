"""What officers found two reports to be to each other: kept for good, the latest holds, an undo is another verdict."""

from collections.abc import Sequence
from typing import Any

from dispatch.domain.people.duplicates import Kind
from dispatch.domain.report.report import Report, Verdict

_TOGETHER = ("same_person_new_event", "same_family")


def latest(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """The verdict that holds, by the other document."""
    return {each.of: each for each in verdicts}


def said_of(verdicts: Sequence[Verdict], report_id: str, duplicate_of: str | None) -> Kind | None:
    """What another report was found to be, itself or as the repetition of one that was found to be no kin."""
    if not verdicts:
        return None
    held: dict[str, Kind] = {_report(each): each.kind for each in latest(verdicts).values()}
    if report_id in held:
        return held[report_id]
    apart_from = apart(verdicts)
    return "not_same" if report_id in apart_from or duplicate_of in apart_from else None


def apart(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The reports with which this one must never share a case."""
    together = {_report(each) for each in latest(verdicts).values() if each.kind != "not_same"}
    found = {id for each in latest(verdicts).values() if each.kind == "not_same" for id in _both(each)}
    return tuple(sorted(found - together))


def together(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The reports whose case this one belongs to."""
    found = {id for each in latest(verdicts).values() if each.kind in _TOGETHER for id in _both(each)}
    return tuple(sorted(found - set(apart(verdicts))))


def ties_to_cases(report: Report) -> dict[str, Any]:
    """The fields of a decision that say which case its report may join: `family`, `apart` and `together`."""
    family = sorted(report.keys.family) if report.family is None else report.family
    parted = apart(report.verdicts)
    kin = {*together(report.verdicts), *report.kin} - {*parted}
    return {"family": tuple(family), "apart": parted, "together": tuple(sorted(kin))}


def _both(verdict: Verdict) -> tuple[str, ...]:
    return (_report(verdict), verdict.also) if verdict.also else (_report(verdict),)


def _report(verdict: Verdict) -> str:
    return verdict.report_id or verdict.of
