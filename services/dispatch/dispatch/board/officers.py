"""Officers at the board, and what their role lets them do there."""

from dataclasses import dataclass

from contracts.roles import May, may
from kit.people import Person


@dataclass(frozen=True)
class Officer:
    """Who is signed in; `role` is one of `contracts.roles.ROLES`, `counties` may hold `*` for all."""

    username: str
    name: str
    role: str
    counties: tuple[str, ...]

    @classmethod
    def of(cls, person: Person) -> "Officer":
        return cls(person.username, person.name, person.role, person.counties)

    @property
    def decides(self) -> bool:
        return self.may(May.DECIDE)

    @property
    def reads(self) -> bool:
        return self.may(May.READ)

    @property
    def home(self) -> str:
        """Where someone of this role begins: the board, unless they may not count."""
        return "/" if self.may(May.COUNT) else "/people" if self.may(May.ADMINISTER) else "/senders"

    def may(self, what: May | str) -> bool:
        return may(self.role, May(what))

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties
