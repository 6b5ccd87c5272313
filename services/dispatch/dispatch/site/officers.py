"""Officers at the board, and what their role lets them do there."""

from dataclasses import dataclass

from contracts.roles import May, may
from web.people import Person

from dispatch.domain.report.report import Report


@dataclass(frozen=True)
class Officer:
    """Who is signed in; `role` is one of `contracts.roles.ROLES`, `counties` may hold `*` for all.

    Whoever is bound to `units` opens the reports of these alone, and sees of the window what an analyst sees.
    """

    username: str
    name: str
    role: str
    counties: tuple[str, ...]
    units: tuple[str, ...] = ()

    @classmethod
    def of(cls, person: Person) -> "Officer":
        return cls(person.username, person.name, person.role, person.counties, person.units)

    @property
    def decides(self) -> bool:
        return self.may(May.DECIDE) and not self.units

    @property
    def reads(self) -> bool:
        """Whether every report of the counties is theirs to read."""
        return self.may(May.READ) and not self.units

    def opens(self, report: Report) -> bool:
        """Whether this report is theirs to read."""
        return self.may(May.READ) and self.sees(report.county) and report.concerns(self.units)

    @property
    def home(self) -> str:
        """Where someone of this role begins: the board, unless they may not count."""
        return "/" if self.may(May.COUNT) else "/people" if self.may(May.ADMINISTER) else "/senders"

    def may(self, what: May | str) -> bool:
        return may(self.role, May(what))

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties
