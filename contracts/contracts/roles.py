"""Who may do what: one table for the pages and the APIs of every service, and the bounds within which a caller may."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class May(StrEnum):
    """What a role may do, within its counties."""

    COUNT = "count"
    """Figures and the ledger: counts alone."""
    CROSS = "cross"
    """Figures by any two dimensions, small counts hidden."""
    READ = "read"
    """Single reports, cases and messages; each look is logged, names are covered until asked for."""
    WORK = "work"
    """Accept a case's work by name, or give it back."""
    DECIDE = "decide"
    """Claim, decide, review, link, ask the sender, hand a shift over."""
    GOVERN = "govern"
    """What is a supervisor's: lower protection, change decision tables."""
    SENDERS = "senders"
    """Senders: who is silent, what each sent and what became of it, where teaching helps; nobody's report."""
    LOOKS = "looks"
    """Who opened what: ids, nobody's name but the reader's."""
    FIND = "find"
    """The directory: who offers what, where, with room."""
    KEEP = "keep"
    """Write and confirm what the directory says."""
    ANSWER = "answer"
    """Referrals that one's unit sent or that are addressed to it, and nobody else's."""
    REFER = "refer"
    """Send a referral: a worker of a family, a partner of a person who came to it."""
    MEET = "meet"
    """Meetings to which one's unit is asked: their agenda, what one's unit is to write, what was decided."""
    CONVENE = "convene"
    """Plan and call meetings of any level, and write what was agreed on."""
    ASK = "ask"
    """Ask the minimal signal on the spot: five answers, bound to a purpose; each question is on record."""
    RECORD = "record"
    """Plain records of one's unit: activities, training; who may keep the directory, what the county has, too."""
    ADMINISTER = "administer"
    """Agencies, settings, sessions: no personal data of a report."""


ROLES: Mapping[str, frozenset[May]] = {
    "officer": frozenset(
        {
            May.COUNT,
            May.CROSS,
            May.READ,
            May.WORK,
            May.DECIDE,
            May.SENDERS,
            May.FIND,
            May.ANSWER,
            May.REFER,
            May.MEET,
            May.ASK,
            May.RECORD,
        }
    ),
    "supervisor": frozenset(set(May) - {May.ADMINISTER}),
    "caseworker": frozenset(
        {May.COUNT, May.READ, May.WORK, May.FIND, May.ANSWER, May.REFER, May.MEET, May.ASK, May.RECORD}
    ),
    "analyst": frozenset({May.COUNT, May.CROSS}),
    "liaison": frozenset({May.SENDERS}),
    "administrator": frozenset({May.SENDERS, May.LOOKS, May.ADMINISTER}),
    "keeper": frozenset({May.FIND, May.KEEP, May.RECORD}),
    "secretary": frozenset({May.FIND, May.MEET, May.CONVENE}),
    "partner": frozenset({May.FIND, May.ANSWER, May.REFER, May.ASK}),
}

ENTRANCES: Mapping[str, frozenset[May]] = {
    "intake": frozenset({May.WORK, May.KEEP}),
    "dispatch": frozenset({May.COUNT, May.SENDERS}),
    "network": frozenset({May.FIND}),
    "notify": frozenset({May.WORK}),
}
"""What lets a role into the pages of a service: any of these."""


def may(role: str, what: May) -> bool:
    """Whether a role may; a role that is not listed may nothing."""
    return what in ROLES.get(role, ())


def opens_every(caller: "Caller") -> bool:
    """Whether every single report and case of their counties is theirs to open: true counts tell them nothing new."""
    return may(caller.role, May.READ) and not caller.units


def who(what: May) -> tuple[str, ...]:
    """The roles that may."""
    return tuple(role for role, deeds in ROLES.items() if what in deeds)


def may_enter(role: str, service: str) -> bool:
    """Whether a role may come into the pages of a service."""
    return any(may(role, what) for what in ENTRANCES[service])


def entering(service: str) -> frozenset[str]:
    """The roles that may."""
    return frozenset(role for role in ROLES if may_enter(role, service))


@dataclass(frozen=True)
class Caller:
    """Who calls: a name for the record, one role, the counties it may see (`*` for all), units where they bind."""

    name: str
    role: str
    counties: frozenset[str]
    units: frozenset[str] = frozenset()

    def sees(self, county: str) -> bool:
        return county in self.counties or "*" in self.counties
