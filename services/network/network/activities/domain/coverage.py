"""Which townships have a site of a kind and which lack one, and in how many communities."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from network.activities.domain.record import Base, Coverage


@dataclass(frozen=True)
class Covered:
    """One kind of site in a year: `covered` and `lacking` are townships; `of_communities` is None where nobody said."""

    site: str
    year: int
    covered: tuple[str, ...]
    lacking: tuple[str, ...]
    sites: int
    communities: int
    of_communities: int | None

    @property
    def of_townships(self) -> int:
        return len(self.covered) + len(self.lacking)

    @property
    def share(self) -> float | None:
        return len(self.covered) / self.of_townships if self.of_townships else None

    @property
    def community_share(self) -> float | None:
        return self.communities / self.of_communities if self.of_communities else None


def covered(found: Sequence[Coverage], bases: Iterable[Base], townships: Sequence[str]) -> tuple[Covered, ...]:
    """Each kind of site by year: of what is said of one township twice, the later counts."""
    latest = {(each.site, each.year, each.township): each for each in found}
    communities = {each.year: each.count for each in bases if each.name == "communities"}
    kinds = sorted({(site, year) for site, year, _ in latest})
    return tuple(
        _covered(site, year, [each for key, each in latest.items() if key[:2] == (site, year)], townships,
                 communities.get(year))
        for site, year in kinds
    )  # fmt: skip


def _covered(
    site: str, year: int, said: Sequence[Coverage], townships: Sequence[str], communities: int | None
) -> Covered:
    have = {each.township for each in said if each.sites}
    return Covered(
        site, year, tuple(each for each in townships if each in have),
        tuple(each for each in townships if each not in have), sum(each.sites for each in said),
        sum(each.communities for each in said), communities,
    )  # fmt: skip
