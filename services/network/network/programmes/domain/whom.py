"""Whom a programme counts as one: the person, or the household whoever of it is named."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Whom:
    """Everything under which somebody may be in a programme of a kind already, with what became one with it.

    In a programme of persons, whoever is named is another one than whoever is not. In a programme of households a case
    and an entry on lists that name one person are one household; somebody who is named alone (`alone`) is whichever
    they are known in, and who else was enrolled alone is theirs where they are of it.
    """

    of: Literal["person", "household"]
    people: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    households: frozenset[str] = frozenset()
    alone: bool = False

    @classmethod
    def one(cls, people: frozenset[str], cases: frozenset[str], households: frozenset[str]) -> "Whom":
        """A person: one that is named is known by that alone, since the others of the family may be in it too."""
        return cls("person", people) if people else cls("person", people, cases, households)

    @property
    def accounts(self) -> list[str]:
        """Where two desks meet that are about to do something for the same one."""
        kinds = {"person": self.people, "case": self.cases, "household": self.households}
        return sorted(f"{kind}:{id}" for kind, ids in kinds.items() for id in ids)
