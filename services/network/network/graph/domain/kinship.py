"""Who is whose parent and partner: as reports say it by relation, and as workers wrote it down."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from network.known.entry import Named

ParentHow = Literal["birth", "adopted", "fostered"]
PartnerHow = Literal["married", "cohabiting", "separated", "divorced", "unsaid"]
BondHow = Literal["close", "distant", "conflict", "violence", "cut_off"]
UNKNOWN = "unknown:"
"""How the key of somebody begins of whom it is known only that they were there: a parent of two siblings."""
PARENTS, LINKS = ("birth", "adopted", "fostered"), ("married", "cohabiting", "separated", "divorced")
OWN = "own:"
"""How the key of somebody begins whom no report names, and a worker put into the picture: kinship is said of them."""
BONDS = ("close", "distant", "conflict", "violence", "cut_off")
_PARTNERS: dict[str, PartnerHow] = {"spouse": "married", "ex_spouse": "divorced", "partner": "cohabiting"}
_MOST_PARENTS = 2


@dataclass(frozen=True)
class Someone:
    """One person of a genogram; `subject` is whom a report is about, `homes` houses by keys."""

    key: str
    sex: str | None = None
    birth_year: int | None = None
    role: str = ""
    relation: str | None = None
    subject: bool = False
    dead: bool = False
    homes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parent:
    parent: str
    child: str
    how: ParentHow = "birth"


@dataclass(frozen=True)
class Partners:
    one: str
    other: str
    how: PartnerHow = "married"

    @property
    def both(self) -> frozenset[str]:
        return frozenset({self.one, self.other})


@dataclass(frozen=True)
class Bond:
    """What is between two people; violence goes from one to the other."""

    one: str
    other: str
    how: BondHow


@dataclass(frozen=True)
class Kin:
    """The people of a family and what is between them."""

    people: tuple[Someone, ...]
    parents: tuple[Parent, ...] = ()
    partners: tuple[Partners, ...] = ()
    bonds: tuple[Bond, ...] = ()


def people_of(named: Iterable[Named]) -> tuple[Someone, ...]:
    """The people of an entry, by the strongest key of each."""
    return tuple(
        Someone(each.keys[0], each.sex, each.birth_year, each.role, each.relation, each.role == "subject",
                homes=frozenset(each.homes)) for each in named if each.keys
    )  # fmt: skip


def kin_of(people: Sequence[Someone], said: Sequence[Parent | Partners | Bond]) -> Kin:
    """What reports say by relation to whom they are about, and what workers wrote down, which wins over it: of two
    sayings by which somebody would be their own ancestor the first holds."""
    own_parents = _without_circles(each for each in said if isinstance(each, Parent))
    own_partners = tuple(each for each in said if isinstance(each, Partners))
    named = [each for each in people if not each.key.startswith(OWN)]
    subjects = [each.key for each in named if each.subject]
    more, parents, partners = list[Someone](), own_parents, list(own_partners)
    told = {each.child for each in own_parents}
    for subject in subjects:
        mothers_and_fathers = [each.key for each in named if each.relation == "parent"]
        derived = [Parent(subject, each.key) for each in named if each.relation == "child" and each.key not in told]
        if subject not in told:
            derived = [*(Parent(each, subject) for each in mothers_and_fathers[:_MOST_PARENTS]), *derived]
        parents = _without_circles((*parents, *derived))
        partners += [
            Partners(subject, each.key, _PARTNERS[each.relation]) for each in named if each.relation in _PARTNERS
        ]
    siblings = [each.key for each in named if each.relation == "sibling" and each.key not in told]
    alike = [key for key in (*subjects, *siblings) if key not in told]
    above = [each.parent for each in parents if subjects and each.child == subjects[0]]
    elders = [each.key for each in named if each.relation == "grandparent" and each.key not in told]
    if not above and (len(alike) > 1 or elders) and subjects:
        above = [f"{UNKNOWN}{subjects[0]}"]
        more.append(Someone(above[0]))
        parents += [Parent(above[0], each) for each in alike]
    parents += [Parent(each, sibling) for sibling in siblings for each in above]
    if above:
        parents += [Parent(each, above[0]) for each in elders[:_MOST_PARENTS] if above[0] not in told]
    parents = _without_circles(parents)
    return Kin(
        (*people, *more), tuple(parents), _each_once([*partners, *_couples(parents)]),
        tuple(each for each in said if isinstance(each, Bond)),
    )  # fmt: skip


def _couples(parents: Iterable[Parent]) -> list[Partners]:
    """Two who have a child together, of whom nobody says what they are to each other."""
    by_child: dict[tuple[str, str], list[str]] = {}
    for each in parents:
        by_child.setdefault((each.child, each.how), []).append(each.parent)
    return [Partners(min(two), max(two), "unsaid") for two in by_child.values() if len(set(two)) == _MOST_PARENTS]


def _each_once(partners: Iterable[Partners]) -> tuple[Partners, ...]:
    """Two people once, as they were said to be first."""
    found: dict[frozenset[str], Partners] = {}
    for each in partners:
        found.setdefault(each.both, each)
    return tuple(each for each in found.values() if each.one != each.other)


def refusal(new: Parent | Partners | Bond, known: Collection[Parent | Partners | Bond]) -> str | None:
    """Why this cannot be so beside what was said: a code; None where it can."""
    ends = (new.parent, new.child) if isinstance(new, Parent) else (new.one, new.other)
    if ends[0] == ends[1]:
        return "kin_oneself"
    if not isinstance(new, Parent):
        return None
    parents = [each for each in known if isinstance(each, Parent)]
    if sum((each.child, each.how) == (new.child, new.how) for each in parents) >= _MOST_PARENTS:
        return "kin_two_parents"
    return "kin_own_ancestor" if _closes_a_circle(new, parents) else None


def _without_circles(parents: Iterable[Parent]) -> list[Parent]:
    """Each once, without those by which somebody would be their own ancestor."""
    kept = list[Parent]()
    for each in dict.fromkeys(parents):
        if not _closes_a_circle(each, kept):
            kept.append(each)
    return kept


def _closes_a_circle(new: Parent, known: Collection[Parent]) -> bool:
    """Whether the child stands above the parent already, or is the parent."""
    above, pending = set[str](), [new.parent]
    while pending:
        one = pending.pop()
        if one == new.child:
            return True
        if one not in above:
            above.add(one)
            pending += [each.parent for each in known if each.child == one]
    return False
