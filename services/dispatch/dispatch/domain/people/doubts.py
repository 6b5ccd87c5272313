"""What speaks against one person although a key is shared: a number outweighs no other name, a name no other mother."""

from collections.abc import Iterator

from rules.people import NUMBERS, STRONG, Keys

_SHARED = frozenset(STRONG)
_NAMES = ("hs", "ls")
_DAYS = ("bs", "ym", "yd", "md")
_CARERS = ("cf", "cm")
Told = frozenset[str]


def unlike(one: Keys, other: Keys, *, minor: bool) -> tuple[str, ...]:
    """Why the subjects who share a strong key are two people all the same, of those two who are the likest.

    Empty where they need not be, and where one of the reports was stored before such things were kept.
    """
    found = (_unlike(mine, theirs, minor=minor) for mine, theirs in _sharing(one, other))
    return min(found, key=len, default=())


def _sharing(one: Keys, other: Keys) -> Iterator[tuple[Told, Told]]:
    for mine in one.told:
        yield from ((mine, theirs) for theirs in other.told if _kinds(mine & theirs) & _SHARED)


def _unlike(mine: Told, theirs: Told, *, minor: bool) -> tuple[str, ...]:
    shared = _kinds(mine & theirs)
    if shared & {*NUMBERS}:
        return _of_a_number(mine, theirs, minor=minor)
    carer = ("carer_differs",) if any(_differ(mine, theirs, kind) for kind in _CARERS) else ()
    birth = ("nb_differs",) if "nb" not in shared and _differ(mine, theirs, *_DAYS) else ()
    return (*carer, *birth)


def _of_a_number(mine: Told, theirs: Told, *, minor: bool) -> tuple[str, ...]:
    """A mother's number stands on the forms of her children, twins among them; a sample number on everybody's."""
    name = any(_differ(mine, theirs, kind) for kind in _NAMES) and not _kinds(mine & theirs) & {*_NAMES}
    birth = _differ(mine, theirs, *_DAYS)
    same_day = not birth and bool(_kinds(mine & theirs) & {*_DAYS})
    if name:
        return () if same_day and not minor else ("name_differs", *(("nb_differs",) if birth else ()))
    return ("nb_differs",) if birth and not _kinds(mine & theirs) & {*_NAMES} else ()


def _differ(mine: Told, theirs: Told, *kinds: str) -> bool:
    """Both tell it, and nothing of it is the same."""
    ours, others = (_of(each, kinds) for each in (mine, theirs))
    return bool(ours and others) and ours.isdisjoint(others)


def _of(told: Told, kinds: tuple[str, ...]) -> set[str]:
    return {key for key in told if key.split(":", 1)[0] in kinds}


def _kinds(keys: Told) -> set[str]:
    return {key.split(":", 1)[0] for key in keys}
