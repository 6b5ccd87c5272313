"""Posts and who is missing: the latest month that was said of each unit's roles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from network.activities.domain.record import Growth, Posts


@dataclass(frozen=True)
class Filled:
    """`roles` are posts and filled by role, in the order in which they were said."""

    group: str
    month: str
    roles: Mapping[str, tuple[int, int]]

    @property
    def posts(self) -> int:
        return sum(posts for posts, _ in self.roles.values())

    @property
    def filled(self) -> int:
        return sum(filled for _, filled in self.roles.values())

    @property
    def share(self) -> float | None:
        return self.filled / self.posts if self.posts else None

    @property
    def is_short(self) -> bool:
        """Whether a role lacks somebody, also where another has one too many."""
        return any(filled < posts for posts, filled in self.roles.values())


def filled(found: Iterable[Posts], month: str) -> tuple[Filled, ...]:
    """Each unit as it stood in a month, by what was said last of each role until then."""
    roles: dict[str, dict[str, Posts]] = {}
    for each in sorted(found, key=lambda each: each.month):
        if each.month <= month:
            roles.setdefault(each.group, {})[each.role] = each
    return tuple(
        Filled(group, max(each.month for each in of.values()), {r: (p.posts, p.filled) for r, p in of.items()})
        for group, of in roles.items()
    )


def planned(now: int, growth: Sequence[Growth]) -> tuple[tuple[int, int, int], ...]:
    """By year: how many posts more, and how many there are then."""
    by_year: dict[int, int] = {}
    for each in growth:
        by_year[each.year] = by_year.get(each.year, 0) + each.more
    rows, posts = [], now
    for year, more in sorted(by_year.items()):
        posts += more
        rows.append((year, more, posts))
    return tuple(rows)
