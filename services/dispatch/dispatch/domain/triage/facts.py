"""The facts of a report that a decision table may use: flat, coded, without anything that names a person."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal, Self, cast

from contracts.codes import UNKNOWN
from contracts.people import Person, Place, Role
from contracts.reports import CaseType, CrisisGrade, Flag, Report
from rules.people import FAMILY_RELATIONS, is_family
from rules.places import township_of
from rules.spans import TAIPEI

from dispatch.domain.report.incoming import Incoming

Codes = frozenset[str]
Perpetrator = Literal["intimate", "family", "other", "unknown"]

MAJORITY = 18
INTIMATE = frozenset({"spouse", "ex_spouse", "partner"})
MINORS = frozenset(each for each in CaseType if each.is_for_minors)
_CLOSEST: tuple[Perpetrator, ...] = ("intimate", "family", "other", "unknown")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one report. None and the empty set mean: not known. Ages are whole years at reception.

    `township` is where it happened; `conditions` are the subjects', `household_conditions` those of the rest of the
    family; `unknown_codes` are `<list>:<code>`; `unclear_places` those of the two townships that something is written
    for, and nobody can say what; `perpetrator` is the closest of those alleged. The last three come
    from earlier reports about the same people, see `dispatch.domain.people.duplicates.relate`; `known_outcome` only
    while a unit serves them.
    """

    case_type: str
    source_unit: str
    county: str
    kinds: Codes = frozenset()
    danger_signs: Codes = frozenset()
    conditions: Codes = frozenset()
    household_conditions: Codes = frozenset()
    needs: Codes = frozenset()
    unknown_codes: Codes = frozenset()
    unclear_places: Codes = frozenset()
    event_county: str | None = None
    township: str | None = None
    residence_county: str | None = None
    residence_township: str | None = None
    subject_age: int | None = None
    household_age: int | None = None
    perpetrator: Perpetrator | None = None
    perpetrator_age: int | None = None
    tipvda: int | None = None
    sdm: int | None = None
    bsrs5: int | None = None
    crisis_grade: CrisisGrade | None = None
    relation: str = "not_same"
    known_outcome: str | None = None
    earlier_reports: int = 0

    @property
    def danger_count(self) -> int:
        """Danger signs, those of a code nobody knows among them."""
        return len(self.danger_signs) + sum(code.startswith("danger_signs:") for code in self.unknown_codes)

    @property
    def need_count(self) -> int:
        return len(self.needs)

    @property
    def youngest_age(self) -> int | None:
        """Of everyone in the family whose age is known."""
        return min((age for age in (self.subject_age, self.household_age) if age is not None), default=None)

    @property
    def minor_in_household(self) -> bool:
        """Someone of the family is under 18, by age or because the form is the one for minors."""
        youngest = self.youngest_age
        return self.case_type in MINORS or (youngest is not None and youngest < MAJORITY)

    @property
    def unknown_code(self) -> bool:
        return bool(self.unknown_codes)

    def stored(self) -> dict[str, Any]:
        """As a plain document without what is unknown, the same for the same facts."""
        values = ((name, getattr(self, name)) for name in NAMES)
        return {
            name: sorted(value) if isinstance(value, frozenset) else value
            for name, value in values
            if value not in (None, frozenset())
        }

    @classmethod
    def of_stored(cls, document: Mapping[str, Any]) -> Self:
        """The facts that `stored` wrote; tolerant of fields this version does not know."""
        values: dict[str, Any] = {name: _read(document[name]) for name in NAMES if name in document}
        return cls(**values)


NAMES = tuple(field.name for field in fields(Facts))


def _read(value: object) -> object:
    return frozenset(value) if isinstance(value, list) else value


def facts_of(incoming: Incoming) -> Facts:
    """The facts of a report; codes and counties that intake flagged as unknown are set apart."""
    report, flagged = incoming.report, _flagged(incoming)
    today = incoming.received_at.astimezone(TAIPEI).date()
    subjects = [person for person in report.people if person.role is Role.SUBJECT]
    others = [person for person in report.people if person.role is not Role.SUBJECT and is_family(person)]
    alleged = [person for person in report.people if person.role is Role.ALLEGED_PERPETRATOR]
    event, home = report.event.place or Place(), _home(subjects)
    townships = {
        name: _township(place, incoming) for name, place in (("township", event), ("residence_township", home))
    }
    return Facts(
        case_type=report.case_type.value,
        source_unit=incoming.source_unit.value,
        county=incoming.county,
        kinds=_known(report.event.kinds, "kinds", flagged),
        danger_signs=_known(report.event.danger_signs, "danger_signs", flagged),
        conditions=_known(_conditions(subjects), "conditions", flagged),
        household_conditions=_known(_conditions(others), "conditions", flagged),
        needs=_known(report.needs, "needs", flagged),
        unknown_codes=_unknown(incoming),
        unclear_places=frozenset(_unclear(incoming, event, home, townships)),
        event_county=_place_code(event.county, flagged),
        township=townships["township"],
        residence_county=_place_code(home.county, flagged),
        residence_township=townships["residence_township"],
        subject_age=_youngest(subjects, today),
        household_age=_youngest(others, today),
        perpetrator=_closest(alleged),
        perpetrator_age=_youngest(alleged, today),
        tipvda=_score(report, "tipvda"),
        sdm=_score(report, "sdm"),
        bsrs5=_score(report, "bsrs5"),
        crisis_grade=report.event.crisis_grade,
    )


def _unknown(incoming: Incoming) -> Codes:
    """Codes that no list knows, those that intake sealed by their place, since they may name somebody."""
    paths = [flag.at.strip("/").split("/") for flag in incoming.flags if flag.reason == "unknown_code"]
    found = ((path, _at(incoming.report, path)) for path in paths)
    return frozenset(
        f"{_list_of(path)}:{'/'.join(path) if code == UNKNOWN else code}" for path, code in found if code is not None
    )


def _flagged(incoming: Incoming) -> frozenset[tuple[str, str]]:
    """What intake flagged, as (list, code); a pointer that leads nowhere is passed over."""
    flags = [flag.at for flag in incoming.flags if flag.reason in ("unknown_code", "unknown_place")]
    found = ((path, _at(incoming.report, path)) for path in (at.strip("/").split("/") for at in flags))
    return frozenset((_list_of(path), value) for path, value in found if isinstance(value, str))


def _list_of(path: list[str]) -> str:
    named = [step for step in path if not step.isdigit()]
    return "relations" if named[-1] == "relation_to_subject" else named[-1]


def _at(report: Report, path: list[str]) -> object:
    node: Any = report
    try:
        for step in path:
            node = node[int(step)] if step.isdigit() else getattr(node, step)
    except (AttributeError, IndexError, TypeError):
        return None
    return cast("object", node)


def _known(codes: Iterable[str], of: str, flagged: frozenset[tuple[str, str]]) -> Codes:
    return frozenset(code for code in codes if (of, code) not in flagged)


def _place_code(county: str | None, flagged: frozenset[tuple[str, str]]) -> str | None:
    return None if county is None or ("county", county) in flagged else county


def _township(place: Place, incoming: Incoming) -> str | None:
    """By the name that the list has; None for what may be one of several, or is none."""
    return township_of(place.township, place.county, incoming.county).name if place.township else None


def _unclear(incoming: Incoming, event: Place, home: Place, read: Mapping[str, str | None]) -> Iterator[str]:
    """Townships that a person must read: written here, or sealed by intake, since they may name somebody."""
    sealed = {flag.at.strip("/").split("/")[0] for flag in incoming.flags if _is_of_a_township(flag)}
    for name, place, part in (("township", event, "event"), ("residence_township", home, "people")):
        if not read[name] and (place.township or part in sealed):
            yield name


def _is_of_a_township(flag: Flag) -> bool:
    return flag.reason in ("unknown_place", "unclear_place") and flag.at.endswith("/township")


def _conditions(people: Iterable[Person]) -> Iterable[str]:
    return (code for person in people for code in person.conditions)


def _home(subjects: Iterable[Person]) -> Place:
    """Where the first subject with a known county lives, or else any known home."""
    homes = [person.residence for person in subjects if person.residence]
    return next((home for home in homes if home.county), homes[0] if homes else Place())


def _youngest(people: Iterable[Person], today: date) -> int | None:
    return min((_age(person.birth_date, today) for person in people if person.birth_date), default=None)


def _age(born: date, today: date) -> int:
    return max(0, today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def _closest(alleged: Iterable[Person]) -> Perpetrator | None:
    found = {_closeness(person.relation_to_subject) for person in alleged}
    return next((kind for kind in _CLOSEST if kind in found), None)


def _closeness(relation: str | None) -> Perpetrator:
    if relation in INTIMATE:
        return "intimate"
    if relation in FAMILY_RELATIONS:
        return "family"
    return "other" if relation else "unknown"


def _score(report: Report, tool: str) -> int | None:
    return max((one.score for one in report.assessments if one.tool == tool), default=None)
