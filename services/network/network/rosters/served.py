"""Whether somebody on a list is served already, and by which unit: by cases, programmes and referrals."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal, get_args

from network.known.entry import Known, id_of, ids_of
from network.known.store import Whereabouts
from network.rosters.domain.household import Household

Kind = Literal["case", "enrolment", "referral"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MOST_KNOWN = 200
OPEN = "open"


@dataclass(frozen=True)
class Served:
    """What names somebody of a household: whose it is, how it stands, who may see more of it.

    Of programmes and referrals only that they are open: what somebody is in is said by their unit alone.
    """

    kind: Kind
    id: str
    unit: str
    state: str
    is_open: bool
    parties: frozenset[str]


async def known_of(household: Household, whereabouts: Whereabouts) -> list[Served]:
    """What names somebody of a household, or the household itself, by any id that it had."""
    found = await whereabouts.whereof(household.keys, _entries(household), KINDS, MOST_KNOWN)
    return serving(household.county, found)


async def unserved(county: str, households: Sequence[Household], whereabouts: Whereabouts) -> list[Household]:
    """Those of whom no open case, enrolment or referral of the county knows anybody: one read for all."""
    keys = frozenset(chain.from_iterable(each.keys for each in households))
    entries = frozenset(chain.from_iterable(map(_entries, households)))
    by_what: dict[str, list[Known]] = defaultdict(list)
    for each in await whereabouts.whereof(keys, entries, KINDS, open_in=county):
        for what in {*each.all_keys, *each.within}:
            by_what[what].append(each)

    def of(household: Household) -> list[Known]:
        found = (each for what in {*household.keys, *_entries(household)} for each in by_what[what])
        return [*{each.id: each for each in found}.values()]

    return [each for each in households if not serving(county, of(each))]


def _entries(household: Household) -> Sequence[str]:
    return ids_of("household", (household.id, *household.took_in))


def serving(county: str, known: Iterable[Known]) -> list[Served]:
    """The cases of a county, the last opened first; then open enrolments and referrals that are no part of an open one.

    A referral to a service of which nobody else may hear (`lists` is empty) is named to nobody here.
    """
    here = sorted((each for each in known if each.county == county), key=lambda each: each.since, reverse=True)
    cases = [each for each in here if each.kind == "case"]
    shown = {id for each in cases if each.until is None for id in (*each.within, each.id)}
    found = [
        Served("case", each.source, each.unit, each.state, each.until is None, frozenset(each.units)) for each in cases
    ]
    for each in here:
        kind: Kind = "enrolment" if each.kind == "enrolment" else "referral"
        of_none = shown.isdisjoint(set(each.within) - {id_of(each.kind, each.source)})
        if each.kind == kind and each.until is None and each.lists and of_none:
            found.append(Served(kind, each.source, each.unit, OPEN, is_open=True, parties=frozenset(each.units)))
    return found
