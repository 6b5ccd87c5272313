"""The other reports that a report names, as people call them: by the serial, where this officer may see it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dispatch.domain.report.report import Report


@dataclass(frozen=True)
class Other:
    """Another report. `county` is whose board shows it; None where nothing but the id is known."""

    id: str
    name: str
    county: str | None = None


Others = Mapping[str, Other]


def others_of(report: Report) -> set[str]:
    """The ids of the reports that its page names: its original, the one it relates to, those of its history."""
    relation = report.decision.relation
    ids = {report.decision.duplicate_of, relation and relation.of, *(each.report_id for each in report.history)}
    return {id for id in ids if id}


def shown(found: Iterable[Report], opens: Callable[[Report], bool]) -> Others:
    """Those that this officer may open, under every id they have; whoever holds a report tells of it."""
    return {
        id: Other(id, each.serial or id, each.county)
        for each in sorted(found, key=lambda report: report.holds)
        if opens(each)
        for id in (each.id, each.known_as)
    }


def other(id: str | None, others: Others) -> Other | None:
    """The report of an id; its bare id where nothing else is known."""
    return others.get(id, Other(id, id)) if id else None
