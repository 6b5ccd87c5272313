"""What one transaction sees of the reports, and what it makes of them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace

from dispatch.domain.people.duplicates import Known
from dispatch.domain.report.comparison import known, said_to
from dispatch.domain.report.deadlines import Rules, watched
from dispatch.domain.report.report import Report


class NotRead(Exception):
    """A report must be written that was read for comparison alone, if at all: whoever decides reads it and begins
    again."""

    def __init__(self, report_id: str) -> None:
        super().__init__(report_id)
        self.report_id = report_id


@dataclass
class Book:
    """The reports that a batch may touch or be compared with, as one transaction sees them; grows while it decides.

    `reports` were read whole. `others` may only be compared with, and of the ids `absent` there is no report; both by
    document. `under` are the ids registered under each key. What is `written`, `registered` and `counted_as` is to be
    saved.
    """

    reports: dict[str, Report]
    under: dict[str, list[str]]
    rules: Rules = field(default_factory=dict)
    others: dict[str, Known] = field(default_factory=dict)
    absent: Collection[str] = ()
    written: dict[str, Report] = field(default_factory=dict)
    registered: dict[str, list[str]] = field(default_factory=dict)
    counted_as: dict[str, str] = field(default_factory=dict)

    def known_by(
        self, keys: Iterable[str], *, but: str, also: Iterable[str] = (), to: Report | None = None
    ) -> list[Known]:
        """The reports registered under any of these keys, and `also`, without the report `but`, the earliest first:
        with what officers found each to be `to` a report that is here already.
        """
        ids = {id for key in keys for id in self.under.get(key, ())}.union(also) - {but}
        found = [known(self.reports[id], to) for id in ids if id in self.reports]
        found += [said_to(self.others[id], to) for id in ids if id in self.others and id not in self.reports]
        return sorted(found, key=lambda each: (each.received_at, each.report_id))

    def put(self, report: Report) -> None:
        """Keep a new report or a new version, registered under its keys, for those that come after it."""
        self.keep(report)
        for key in report.keys.blocking:
            if report.id not in self.under.setdefault(key, []):
                self.under[key].append(report.id)
                self.registered.setdefault(key, []).append(report.id)

    def keep(self, report: Report) -> None:
        """Keep a report without registering it: later ones are not compared with it."""
        kept = watched(report, self.rules, self.reports.get(report.id))
        self.reports[kept.id] = self.written[kept.id] = kept

    def holder(self, report_id: str) -> Report | None:
        """The document of the county that holds a report: the one that received it, or whoever took it over last.

        Raises NotRead.
        """
        report = self.reports.get(report_id)
        if report is None and report_id not in self.absent:
            raise NotRead(report_id)
        while report and report.transfer and report.transfer.state == "accepted":
            report = self.reports[report.transfer.id]
        return report

    def count_as(self, person: str, others: Iterable[str]) -> None:
        """People who were counted apart are one: all their reports count as `person` from now on."""
        for other in others:
            self.counted_as[other] = person
            for report in [each for each in self.reports.values() if each.person == other]:
                self.reports[report.id] = counted = replace(report, person=person)
                if report.id in self.written:
                    self.written[report.id] = counted
            self.others |= {
                id: replace(each, person=person) for id, each in self.others.items() if each.person == other
            }
