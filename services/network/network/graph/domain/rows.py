"""Where each person of a genogram stands: generations as rows, who belongs together side by side, nobody on another.

Every library breaks on second partners and cousins, so this is our own. Rows follow from parents and partners; within
a row siblings stand by age, partners beside each other, those who join two families where the two families meet. Then
rows pull at each other, parents over their children, each time as near as the order and the gap allow: the least
squares of an order are found exactly by pooling neighbours (Ayer and others, 1955). The same family gives the same
picture, whatever order it comes in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from network.graph.domain.kinship import Kin, Someone

GAP = 128
"""Pixels between two people of a row, from middle to middle."""
SWEEPS = 12
_NOBODY_KNOWS = 9999


@dataclass(frozen=True)
class Union:
    """One or two parents and their children by each way of being their child."""

    parents: tuple[str, ...]
    children: tuple[tuple[str, str], ...] = ()

    @property
    def own(self) -> tuple[str, ...]:
        return tuple(child for child, _ in self.children)


def unions_of(kin: Kin) -> tuple[Union, ...]:
    """Everybody who is somebody's parent, and every couple, in an order of their own."""
    by_child: dict[tuple[str, str], set[str]] = {}
    for each in kin.parents:
        by_child.setdefault((each.child, each.how), set()).add(each.parent)
    found: dict[tuple[str, ...], list[tuple[str, str]]] = {tuple(sorted(each.both)): [] for each in kin.partners}
    for (child, how), parents in by_child.items():
        found.setdefault(tuple(sorted(parents)), []).append((child, how))
    return tuple(Union(parents, tuple(sorted(children))) for parents, children in sorted(found.items()))


def generations(kin: Kin, unions: Sequence[Union]) -> dict[str, int]:
    """The row of each: below every parent, level with every partner; who has no parents stands just above children.

    Where a couple is of two generations (a child's parents are father and daughter) they stand on two rows.
    """
    level, row = list[Union](), _stable(kin, unions, ()) or {}
    for each in unions:
        if found := _stable(kin, unions, (*level, each)):
            level.append(each)
            row = found
    children = {child for union in unions for child in union.own}
    for union in sorted(level, key=lambda each: -row[each.parents[0]]):
        tied = {key for each in level if set(each.parents) & set(union.parents) for key in each.parents}
        own = [each for each in unions if set(each.parents) & tied]
        below = [row[child] for each in own for child in each.own]
        if below and not tied & children and all(set(each.parents) <= tied for each in own):
            row |= dict.fromkeys(tied, min(below) - 1)
    alone = row.keys() - children - {key for union in unions for key in union.parents}
    subject = next((row[each.key] for each in kin.people if each.subject), 0)
    return row | dict.fromkeys(alone, subject)


def _stable(kin: Kin, unions: Sequence[Union], level: Sequence[Union]) -> dict[str, int] | None:
    """The highest rows in which all stand below their parents and these couples level; None where there are none."""
    row = dict.fromkeys((each.key for each in kin.people), 0)
    for _ in range(len(row) + 1):
        before = dict(row)
        for union in level:
            row |= dict.fromkeys(union.parents, max(row[each] for each in union.parents))
        for union in unions:
            under = max(row[each] for each in union.parents) + 1
            row |= {child: max(row[child], under) for child in union.own}
        if row == before:
            return row
    return None


def placed(kin: Kin) -> tuple[dict[str, int], dict[str, int]]:
    """Of each person the place in pixels from the left, and the row."""
    unions = unions_of(kin)
    row = generations(kin, unions)
    people = {each.key: each for each in kin.people}
    order = _order(people, unions, row)
    at = {key: float(n * GAP) for keys in order for n, key in enumerate(keys)}
    for sweep in range(SWEEPS):
        for keys in order if sweep % 2 else reversed(order):
            wanted = [_wanted(key, unions, at, up=bool(sweep % 2)) for key in keys]
            at |= dict(zip(keys, _apart(wanted), strict=True))
    left = min(at.values(), default=0.0)
    return {key: round(x - left) for key, x in at.items()}, row


def _order(people: Mapping[str, Someone], unions: Sequence[Union], row: Mapping[str, int]) -> list[list[str]]:
    """The people of each row from left to right."""
    place, rows = dict[str, float](), list[list[str]]()
    for level in range(max(row.values(), default=-1) + 1):
        here = sorted((key for key in people if row[key] == level), key=lambda key: _by_age(people[key]))
        keys = _beside(_families(here, unions, place), here, people, unions)
        place |= {key: float(n) for n, key in enumerate(keys)}
        rows.append(keys)
    return rows


def _by_age(person: Someone) -> tuple[int, str]:
    return person.birth_year or _NOBODY_KNOWS, person.key


def _families(here: Sequence[str], unions: Sequence[Union], place: Mapping[str, float]) -> list[list[str]]:
    """Those of a row who have parents, by who shares one, as their parents stand."""
    groups: list[tuple[set[str], float, list[str]]] = []
    for key in here:
        above = {parent for union in unions if key in union.own for parent in union.parents}
        if not above:
            continue
        joined = [each for each in groups if each[0] & above]
        parents = above.union(*(each[0] for each in joined))
        members = [*(one for each in joined for one in each[2]), key]
        groups = [each for each in groups if each not in joined]
        groups.append((parents, sum(place[each] for each in parents) / len(parents), members))

    def stands(key: str) -> float:
        above = [place[parent] for union in unions if key in union.own for parent in union.parents]
        return sum(above) / len(above)

    return [sorted(members, key=stands) for _, _, members in sorted(groups, key=lambda each: (each[1], each[2]))]


def _beside(
    families: list[list[str]], here: Sequence[str], people: Mapping[str, Someone], unions: Sequence[Union]
) -> list[str]:
    """Families that a couple joins side by side, the couple where they meet; then partners who came from elsewhere."""
    couples = [each.parents for each in unions if len(each.parents) > 1 and set(each.parents) <= set(here)]
    rows, pending = list[str](), list(families)
    while pending:
        group = pending.pop(0)
        last = rows[-1] if rows else ""
        if first := next((key for key in group if _are(couples, last, key)), None):
            group = [first, *(key for key in group if key != first)]
        joins = [(key, other) for key in group for other in pending if any(_are(couples, key, it) for it in other)]
        if joins:
            key, other = joins[-1]
            group = [*(each for each in group if each != key), key]
            pending = [other, *(each for each in pending if each is not other)]
        rows += group
    for one in here:
        if one not in rows:
            rows = _with(one, rows, couples, people)
        for partner in [each for each in here if each not in rows and _are(couples, one, each)]:
            rows = _with(partner, rows, couples, people)
    return rows


def _with(key: str, rows: list[str], couples: Sequence[tuple[str, ...]], people: Mapping[str, Someone]) -> list[str]:
    """Somebody beside their partner: a first one a man to the left and a woman to the right, a next one at the other
    side; who has none in this row stands at its end."""
    partner = next((each for each in rows if _are(couples, key, each)), None)
    if partner is None:
        return [*rows, key]
    at = rows.index(partner)
    left = people[key].sex == "male" and people[partner].sex != "male"
    if at > 0 and _are(couples, rows[at - 1], partner):
        left = False
    elif at + 1 < len(rows) and _are(couples, rows[at + 1], partner):
        left = True
    at += not left
    return [*rows[:at], key, *rows[at:]]


def _are(couples: Sequence[tuple[str, ...]], one: str, other: str) -> bool:
    return tuple(sorted((one, other))) in couples


def _wanted(key: str, unions: Sequence[Union], at: Mapping[str, float], *, up: bool) -> float:
    """Where somebody would best stand: under their parents' middle, or over their children's, as they stand to their
    siblings or their partner."""
    found = []
    for each in unions:
        if not each.children:
            continue
        parents = sum(at[one] for one in each.parents) / len(each.parents)
        children = sum(at[one] for one in each.own) / len(each.own)
        if up and key in each.own:
            found.append(parents + at[key] - children)
        if not up and key in each.parents:
            found.append(children + at[key] - parents)
    return sum(found) / len(found) if found else at[key]


def _apart(wanted: Sequence[float]) -> list[float]:
    """The places nearest to those wanted that keep the order and the gap."""
    pools: list[list[float]] = []
    for n, each in enumerate(wanted):
        pools.append([each - n * GAP, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (other, more) = pools[-2], pools[-1]
            pools[-2:] = [[(mean * count + other * more) / (count + more), count + more]]
    flat = [mean for mean, count in pools for _ in range(int(count))]
    return [each + n * GAP for n, each in enumerate(flat)]
