"""What ties a report to those before it: the keys that may bring it into a family's case, and whom it counts as."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rules.people import Keys

from dispatch.domain.people.duplicates import Known, Relation, Window, judged, of_namesakes
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts

_ONE_PERSON = ("same_event", "same_person_new_event")
_ID = "id:"


@dataclass(frozen=True, slots=True)
class Ties:
    """How a report goes out, and is counted.

    `family` are the keys that may bring it into a case: without those that namesakes share. `kin` are the earlier
    reports of its people that only a key which was left out would have led to. `person` is whom its subject counts
    as in figures; `also` are names under which the same person was counted before.
    """

    family: frozenset[str] = frozenset()
    kin: tuple[str, ...] = ()
    person: str = ""
    also: frozenset[str] = frozenset()


UNTIED = Ties()


def ties(incoming: Incoming, facts: Facts, keys: Keys, earlier: Sequence[Known], window: Window) -> Ties:
    """Decided by facts: two national ids are two people, whatever name and birth date they share.

    The order of `earlier` makes no difference.
    """
    found = judged(incoming, facts, keys, earlier, window)
    contested = of_namesakes(keys, earlier) | _doubted(keys, found) | _parted(keys, earlier)
    family = keys.family - contested
    kin = [known for relation, known in found if relation.kind != "not_same" and known.keys.family & contested]
    persons = frozenset(
        known.person
        for relation, known in found
        if known.person and relation.kind in _ONE_PERSON and _is_counted_once(keys, known, contested)
    )
    own = min(_counted(keys) - contested, default=incoming.report_id)
    person = min(persons, default=own)
    return Ties(
        family=family,
        kin=tuple(sorted(known.report_id for known in kin if not known.keys.family & family)),
        person=person,
        also=persons - {person},
    )


def _doubted(keys: Keys, found: Iterable[tuple[Relation, Known]]) -> frozenset[str]:
    """Keys that would tie the report to one that it was found too weak to be tied to: a mother's number among them."""
    unlike = (known.keys.subject for relation, known in found if relation.kind == "not_same")
    return frozenset(key for subject in unlike for key in subject & keys.subject)


def _parted(keys: Keys, earlier: Iterable[Known]) -> frozenset[str]:
    """Keys that the report shares with one that an officer found to be about somebody else."""
    others = (known.keys.family for known in earlier if known.said == "not_same")
    return _without_ids(key for family in others for key in family & keys.family)


def _without_ids(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key in keys if not key.startswith(_ID))


def _counted(keys: Keys) -> frozenset[str]:
    """The strong keys of the one subject whom a report counts; all subjects' where it does not say whose they are."""
    first = min(keys.subject, default=None)
    return next((person for person in keys.people if first in person), keys.subject)


def _is_counted_once(keys: Keys, known: Known, contested: frozenset[str]) -> bool:
    """Both reports count the same person, and not another of several subjects."""
    return known.said is not None or bool((_counted(keys) & _counted(known.keys)) - contested)
