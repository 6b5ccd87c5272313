"""What a report is to those that came before it about the same people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product
from typing import Literal

from contracts.decisions import SERVED
from contracts.languages import Said
from rules.people import NUMBERS, STRONG, WEAK, Keys

from dispatch.domain.people.doubts import unlike
from dispatch.domain.report.incoming import Incoming
from dispatch.domain.triage.facts import Facts

Kind = Literal["same_event", "same_person_new_event", "same_family", "not_same"]


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier report registered under a shared key.

    `outcome` is what was decided of it, or None only while a person must decide. Times are UTC-aware.
    `kinds` and `township` are those of its facts; `person` is whom its subject counts as, see `people.ties`.
    `said` is what an officer found it to be to the report that is compared with it: it outweighs every key.
    `ended`: the unit's service is over; until `watched_until` a report about the family opens its case again.
    """

    report_id: str
    received_at: datetime
    occurred_at: datetime | None
    case_type: str
    source_unit: str
    agency_id: str
    kinds: tuple[str, ...]
    township: str | None
    keys: Keys
    outcome: str | None = None
    duplicate_of: str | None = None
    unit: str | None = None
    priority: int = 4
    person: str | None = None
    said: Kind | None = None
    county: str = ""
    ended: bool = False
    watched_until: datetime | None = None

    @property
    def serves(self) -> bool:
        """Whether a unit was sent for it whose service is not over."""
        return self.outcome in SERVED and not self.ended

    def is_watched(self, at: datetime) -> bool:
        return self.ended and self.watched_until is not None and at < self.watched_until


@dataclass(frozen=True, slots=True)
class Window:
    """How far apart in time two reports of one event may be; a county setting.

    `event` between the times at which it is said to have happened, `same_agency` when one agency says both,
    `received` between the receptions when a time is missing.
    """

    event: timedelta = timedelta(hours=2)
    same_agency: timedelta = timedelta(minutes=30)
    received: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Relation:
    """`of` names the report it relates to: for the same event, the original and never another duplicate.

    `reasons` are codes such as `same_id`, see REASONS; `known_outcome`, `known_unit`, `known_priority` and
    `known_county` are those of `of`.
    `earlier` counts the earlier events of the same people, `maybe_served` says that a weak match is being served,
    `known_ended` that the service of `of` is over, `watched` that a case of these people was closed not long ago.
    """

    kind: Kind = "not_same"
    of: str | None = None
    reasons: tuple[str, ...] = ()
    known_outcome: str | None = None
    known_unit: str | None = None
    known_priority: int = 4
    earlier: int = 0
    maybe_served: bool = False
    known_county: str = ""
    known_ended: bool = False
    watched: bool = False


REASONS: Mapping[str, Said] = {
    "id": Said("身分證字號相同", "same national id"),
    "nb": Said("姓名與出生日期相同", "same name and birth date"),
    "ro": Said("舊式居留證號相同", "same residence number of the old form"),
    "pn": Said("電話與姓名相同", "same phone and name"),
    "pp": Said("護照號碼相同", "same passport number"),
    "ph": Said("電話相同", "same phone"),
    "sb": Said("姓名同音且生日相符或疑似誤植", "a name that sounds the same, and the birthday or a slip of it"),
    "ny": Said("姓名與出生年相同", "same name and birth year"),
    "na": Said("姓名與住址相同", "same name and address"),
    "ad": Said("住址相同", "same address"),
    "sg": Said("姓氏同音且出生日期相同", "a name that begins alike, and the same birth date"),
    "family": Said("家庭成員相同", "a member of the family is the same"),
    "id_differs": Said("身分證字號不同", "the national ids differ"),
    "name_differs": Said("姓名不同", "the names differ"),
    "carer_differs": Said("照顧者身分證字號不同", "the ids of those who care for them differ"),
    "pn_differs": Said("電話不同", "the phones differ"),
    "ad_differs": Said("住址不同", "the addresses differ"),
    "nb_differs": Said("出生日期不同", "the birth dates differ"),
    "namesakes": Said("另有同名同年出生者", "others of that name and birth year are known"),
    "same_time": Said("發生時間相近", "happened at about the same time"),
    "same_township": Said("同一鄉鎮", "in the same township"),
    "same_kinds": Said("事件類型相符", "of the same kind"),
    "resent": Said("同一單位再次通報", "sent again by the same agency"),
    "verdict": Said("經人員判定", "found so by an officer"),
}
"""The codes of `Relation.reasons` in words, zh-TW and English."""

STRENGTH: Mapping[Kind, int] = {"same_event": 0, "same_person_new_event": 1, "same_family": 2, "not_same": 3}
_CONSULTATION = "consultation"
_NUMBERED = tuple(f"{kind}:" for kind in NUMBERS)


def relate(
    incoming: Incoming, facts: Facts, keys: Keys, earlier: Sequence[Known], window: Window = Window()
) -> Relation:
    """The strongest relation to any earlier report. The order of `earlier` makes no difference.

    Weak keys alone never say that two reports are about one person; they are given as reasons.
    """
    found = [each for each in judged(incoming, facts, keys, earlier, window) if each[0].reasons]
    if not found:
        return Relation()
    relation, _ = min(found, key=lambda pair: (STRENGTH[pair[0].kind], *_standing(pair[1])))
    events = {known.duplicate_of or known.report_id for one, known in found if one.kind == "same_person_new_event"}
    return replace(
        relation,
        earlier=len(events),
        maybe_served=any(one.maybe_served for one, _ in found),
        watched=any(one.of and known.is_watched(incoming.received_at) for one, known in found),
    )


def judged(
    incoming: Incoming, facts: Facts, keys: Keys, earlier: Sequence[Known], window: Window
) -> list[tuple[Relation, Known]]:
    """What each earlier report is to this one, without those that an officer found to be about somebody else."""
    others = [known for known in earlier if known.said != "not_same" and not _is_itself(incoming, known)]
    namesakes = any(_is_namesake(keys, known.keys) for known in others) or bool(of_namesakes(keys, others))
    return [(_judge(incoming, facts, keys, known, window, namesakes=namesakes), known) for known in others]


def of_namesakes(keys: Keys, earlier: Iterable[Known]) -> frozenset[str]:
    """Keys of our people that are known of people with different national ids: 陳怡君 and a birth date are no proof."""
    ids: dict[tuple[str, str], set[str]] = {}
    for person in {*keys.people, *(person for known in earlier for person in known.keys.people)}:
        own = [each for each in person if each.startswith(_NUMBERED)]
        for key, number in product(person & keys.family, own):
            ids.setdefault((key, number[:2]), set()).add(number)
    return frozenset(key for (key, _), of in ids.items() if len(of) > 1 and not key.startswith(_NUMBERED))


def _is_itself(incoming: Incoming, known: Known) -> bool:
    """The report's own earlier version, or a duplicate of it: nothing is a duplicate of its own duplicate."""
    return incoming.report_id in (known.report_id, known.duplicate_of)


def _standing(known: Known) -> tuple[bool, bool, bool, datetime, str]:
    """Those being served come first, then those that were, originals before their duplicates, then the oldest."""
    return (
        not known.serves,
        known.outcome not in SERVED,
        known.duplicate_of is not None,
        known.received_at,
        known.report_id,
    )


def _judge(incoming: Incoming, facts: Facts, keys: Keys, known: Known, window: Window, *, namesakes: bool) -> Relation:
    if known.said:
        return _related(known.said, known, ("verdict",))
    same = _kinds(keys.subject & known.keys.subject, STRONG)
    if same and not {*NUMBERS} & {*same} and _ids_differ(keys, known.keys):
        return Relation(reasons=(*same, "id_differs"))
    if same and (against := unlike(keys, known.keys, minor=facts.minor_in_household)):
        return _of_two(same, against, keys, known)
    if same:
        event = same_event(incoming, facts, known, window)
        if not event and (doubts := _doubts(same, keys, known.keys, namesakes=namesakes)):
            return Relation(reasons=(*same, *doubts), maybe_served=known.serves)
        return _related("same_event" if event else "same_person_new_event", known, (*same, *event))
    return _of_others(keys, known)


def _of_two(same: tuple[str, ...], against: tuple[str, ...], keys: Keys, known: Known) -> Relation:
    """Two people in spite of a shared key; of one family where somebody else is known to both."""
    if (keys.family & known.keys.family) - (keys.subject & known.keys.subject):
        return _related("same_family", known, (*same, *against, "family"))
    return Relation(reasons=(*same, *against), maybe_served=known.serves)


def _of_others(keys: Keys, known: Known) -> Relation:
    """What the rest of the family and weak keys say."""
    if keys.family & known.keys.family:
        return _related("same_family", known, ("family",))
    weak = _kinds(keys.blocking & known.keys.blocking, (*NUMBERS, *WEAK))
    return Relation(reasons=weak, maybe_served=_several(weak) and known.serves)


def _several(weak: tuple[str, ...]) -> bool:
    """More than one thing speaks for it; half a name is none, nor is a name at an address beside the address."""
    return len(weak) - ("na" in weak and "ad" in weak) - ("sg" in weak) > 1


def _related(kind: Kind, known: Known, reasons: tuple[str, ...]) -> Relation:
    of = known.duplicate_of or known.report_id
    return Relation(
        kind, of, reasons, known.outcome, known.unit, known.priority,
        known_county=known.county, known_ended=known.ended,
    )  # fmt: skip


def _kinds(keys: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    shared = {key.split(":", 1)[0] for key in keys}
    return tuple(kind for kind in order if kind in shared)


def _ids_differ(one: Keys, other: Keys) -> bool:
    """Both reports give numbers of one kind of subjects, and none is the same: two people of one name."""
    return any(
        all(ids) and ids[0].isdisjoint(ids[1])
        for kind in _NUMBERED
        for ids in [[{key for key in keys.subject if key.startswith(kind)} for keys in (one, other)]]
    )


_SPEAKS_AGAINST = {"nb": {"pn": "pn_differs", "ad": "ad_differs"}, "pn": {"nb": "nb_differs", "sb": "nb_differs"}}
_SUPPORTS = {"ph", "na", "ad"}


def _doubts(same: tuple[str, ...], one: Keys, other: Keys, *, namesakes: bool) -> tuple[str, ...]:
    """Why one key alone is too weak for one person (陳怡君 and a birth date are no proof); empty when it is not.

    All else that both reports tell differs; or nothing else agrees, and others of that name and birth year are known.
    """
    told = _SPEAKS_AGAINST.get(same[0], {}) if len(same) == 1 else {}
    if told and all(_differ(kind, one, other) for kind in told):
        return tuple(dict.fromkeys(told.values()))
    alone = same == ("nb",) and len(one.family & other.family) == 1 and not _shared(one, other) & _SUPPORTS
    return ("namesakes",) if alone and namesakes else ()


def _is_namesake(one: Keys, other: Keys) -> bool:
    """Someone of the same name and birth year, and yet not the same: the name proves little."""
    return "ny" in (shared := _shared(one, other)) and not shared & {"id", "nb", "pn", "sb"}


def _shared(one: Keys, other: Keys) -> set[str]:
    return {key.split(":", 1)[0] for key in one.blocking & other.blocking}


def _differ(kind: str, one: Keys, other: Keys) -> bool:
    """Both reports have keys of a kind, and none in common."""
    mine, theirs = ({key for key in keys.blocking if key.startswith(f"{kind}:")} for keys in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def same_event(incoming: Incoming, facts: Facts, known: Known, window: Window) -> tuple[str, ...]:
    """Why two reports about one person tell of one event; empty when they do not."""
    if not (_compatible(facts, known) and _same_time(incoming, known, window)):
        return ()
    place = ("same_township",) if facts.township and facts.township == known.township else ()
    kinds = ("same_kinds",) if facts.kinds & set(known.kinds) else ()
    resent = ("resent",) if incoming.agency_id == known.agency_id else ()
    return ("same_time", *place, *kinds, *resent)


def _compatible(facts: Facts, known: Known) -> bool:
    """A consultation is the same event only as a consultation; place and kinds must not speak against it."""
    families = [case_type.startswith(_CONSULTATION) for case_type in (facts.case_type, known.case_type)]
    elsewhere = facts.township and known.township and facts.township != known.township
    unlike = facts.kinds and known.kinds and facts.kinds.isdisjoint(known.kinds)
    return families[0] == families[1] and not elsewhere and not unlike


def _same_time(incoming: Incoming, known: Known, window: Window) -> bool:
    """Schools file a report for each event, so two times from one school are two events."""
    occurred_at = incoming.report.event.occurred_at
    if occurred_at is None or known.occurred_at is None:
        return abs(incoming.received_at - known.received_at) <= window.received
    apart, same_agency = abs(occurred_at - known.occurred_at), incoming.agency_id == known.agency_id
    if same_agency and known.source_unit == "education":
        return not apart
    return apart <= (window.same_agency if same_agency else window.event)
