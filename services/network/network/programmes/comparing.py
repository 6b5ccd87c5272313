"""Lists of others beside our own (雙軌逐案勾稽): who is on which, each difference named by id on both sides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

Listed = Mapping[str, frozenset[str]]
"""The rows of a list by their own reference: the keys under which each one's person is known."""


@dataclass(frozen=True)
class Compared:
    """`counts` of each list and ours; `alike` are those of ours that stand on every list.

    `not_here`: by list, the references of whom we do not know. `not_there`: by list, our enrolments that it lacks.
    `alone`: by list, the references of whom no other list names.
    """

    counts: Mapping[str, int]
    alike: Sequence[str]
    not_here: Mapping[str, Sequence[str]]
    not_there: Mapping[str, Sequence[str]]
    alone: Mapping[str, Sequence[str]]


def compared(lists: Mapping[str, Listed], ours: Listed) -> Compared:
    """Everybody matched by any key that both sides know."""
    known = _all(ours)
    found = {name: _all(rows) for name, rows in lists.items()}
    others = {name: frozenset().union(*(keys for other, keys in found.items() if other != name)) for name in found}
    return Compared(
        {name: len(rows) for name, rows in lists.items()} | {"ours": len(ours)},
        sorted(id for id, keys in ours.items() if all(keys & there for there in found.values())),
        {name: _without(rows, known) for name, rows in lists.items()},
        {name: _without(ours, there) for name, there in found.items()},
        {name: _without(rows, others[name]) for name, rows in lists.items()} if len(lists) > 1 else {},
    )  # fmt: skip


def _all(rows: Listed) -> frozenset[str]:
    return frozenset(key for keys in rows.values() for key in keys)


def _without(rows: Listed, known: Collection[str]) -> list[str]:
    """Whom nobody of `known` is; whoever no key says anything of is named too."""
    return sorted(id for id, keys in rows.items() if keys.isdisjoint(known))
