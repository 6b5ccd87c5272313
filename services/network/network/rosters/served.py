"""Whether somebody on a list is served already, and by which unit: by cases, programmes and referrals."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from contracts.event import BlindIndex

from network.known.entry import Known, id_of

Kind = Literal["case", "enrolment", "referral"]
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


class Serving(Protocol):
    """What rosters ask of cases, which they do not know."""

    async def served(self, county: str, keys: Collection[BlindIndex]) -> Collection[BlindIndex]: ...


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
