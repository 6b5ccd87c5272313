"""Whom a programme counts as one: the person, or the household whoever of it is named."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Whom:
    """Everything under which somebody may be in a programme of a kind already, with what became one with it.

    In a programme of persons, whoever is named is another one than whoever is not; in a programme of households a
    person stands for theirs only where neither its case nor its entry on lists is known.
    """

    of: Literal["person", "household"]
    people: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    households: frozenset[str] = frozenset()

    @classmethod
    def one(
        cls, of: Literal["person", "household"], people: Collection[str], cases: Collection[str],
        households: Collection[str],
    ) -> "Whom":  # fmt: skip
        """Of persons, one that is named is known by that alone: the others of the family may be in it too."""
        if of == "person" and people:
            return cls(of, frozenset(people))
        return cls(of, frozenset(people), frozenset(cases), frozenset(households))

    @property
    def accounts(self) -> list[str]:
        """Where two desks meet that are about to do something for the same one."""
        kinds = {"person": self.people, "case": self.cases, "household": self.households}
        return sorted(f"{kind}:{id}" for kind, ids in kinds.items() for id in ids)
