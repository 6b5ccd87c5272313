"""What one transaction sees of the reports, and what it makes of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dispatch.domain.report.deadlines import Rules, watched
from dispatch.domain.report.report import Report


@dataclass
class Book:
    """The reports that a batch may touch or be compared with, as one transaction sees them; grows while it decides.

    `under` are the ids registered under each key. What is `written`, `registered` and `counted_as` is to be saved.
    """

    reports: dict[str, Report]
    under: dict[str, list[str]]
    rules: Rules = field(default_factory=dict)
    written: dict[str, Report] = field(default_factory=dict)
    registered: dict[str, list[str]] = field(default_factory=dict)
    counted_as: dict[str, str] = field(default_factory=dict)

    def known_by(self, keys: Iterable[str], *, but: str, also: Iterable[str] = ()) -> list[Report]:
        """The reports registered under any of these keys, and `also`, the earliest first, without the report `but`."""
        ids = {id for key in keys for id in self.under.get(key, ())}.union(also) - {but}
        found = [self.reports[id] for id in ids if id in self.reports]
        return sorted(found, key=lambda report: (report.received_at, report.id))

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
        """The document of the county that holds a report: the one that received it, or whoever took it over last."""
        report = self.reports.get(report_id)
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
