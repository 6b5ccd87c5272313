"""Which messages the month's quota is too small for: LINE counts people, so it is a matter of each message's cost."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Shortage:
    """What LINE has refused for the quota: the least cost in people, and groups whose size LINE did not tell."""

    least: int | None = None
    groups: frozenset[str] = field(default_factory=frozenset)

    def refused(self, group_id: str, cost: int | None) -> "Shortage":
        """The shortage once LINE has refused a message to this group as well."""
        if cost is None:
            return replace(self, groups=self.groups | {group_id})
        return replace(self, least=cost if self.least is None else min(self.least, cost))

    def forbids(self, group_id: str, cost: int | None) -> bool:
        """Whether LINE would refuse this one too. One of unknown cost is tried: asking costs nothing."""
        return group_id in self.groups or (cost is not None and self.least is not None and cost >= self.least)

    def __bool__(self) -> bool:
        return self.least is not None or bool(self.groups)
