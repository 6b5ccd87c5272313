"""Reports to which no unit was sent, counted: no dispatch = referred + advised alone + nothing done yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Linked:
    """So many reports that are alike: the services that the family was referred to, and those it was advised."""

    referred: tuple[str, ...]
    advised: tuple[str, ...]
    count: int


@dataclass
class OfService:
    """Of how many reports the family was referred to a service, or advised to turn to it."""

    referred: int = 0
    advised: int = 0


@dataclass
class Counted:
    """`advised` are those that were advised and referred nowhere; `open` those for which nothing was done yet."""

    no_dispatch: int = 0
    referred: int = 0
    advised: int = 0
    open: int = 0
    services: dict[str, OfService] = field(default_factory=dict)

    @property
    def is_balanced(self) -> bool:
        return self.no_dispatch == self.referred + self.advised + self.open


def counted(rows: Iterable[Linked]) -> Counted:
    """All of them, and by service: a family that was referred to two counts under both."""
    found = Counted()
    for row in rows:
        found.no_dispatch += row.count
        found.referred += row.count if row.referred else 0
        found.advised += row.count if row.advised and not row.referred else 0
        found.open += row.count if not row.referred and not row.advised else 0
        for code in row.referred:
            found.services.setdefault(code, OfService()).referred += row.count
        for code in row.advised:
            found.services.setdefault(code, OfService()).advised += row.count
    return found
