"""Where cases and reports make people known: entries that follow from the aggregates alone."""

from collections.abc import Iterable

from contracts.decisions import PersonKey

from network.cases.domain.case import Case
from network.cases.domain.people import Person
from network.cases.domain.register import Standing
from network.known.entry import Known, Named, data_keys, id_of, ids_of

GONE = frozenset({"withdrawn", "merged"})
"""States in which a case makes nobody known: what it had is elsewhere, or was a mistake."""


def of_case(case: Case) -> Known | None:
    """The entry of a case; None for one that makes nobody known."""
    if case.state in GONE:
        return None
    people = tuple(_named(each, case) for each in case.people)
    theirs = {key for each in people for key in each.keys}
    return Known(
        "case", case.id, case.county, case.lead.unit, tuple(sorted(case.parties)), case.opened_at, case.ended_at,
        case.state, people, tuple(sorted(set(case.family_keys) - theirs)), ids_of("case", case.ids),
        tuple(sorted({each.list for each in case.listings if each.until is None})), _workers(case), *_place(case),
    )  # fmt: skip


def of_report(standing: Standing) -> Known | None:
    """The entry of a report, whatever was decided of it; None for one of an earlier release, and of nobody."""
    if standing.received_at is None or not standing.people:
        return None
    people = tuple(_told(each, standing.sealed_by) for each in standing.people)
    within = ids_of("case", [standing.case_id] if standing.case_id else [])
    window = f"{standing.county}/window"
    return Known(
        "report", standing.report_id, standing.county, window, (window,), standing.received_at, None, standing.outcome,
        people, within=(id_of("report", standing.report_id), *within),
        lists=(standing.case_type,) if standing.case_type else (), township=standing.township,
        village=standing.village,
    )  # fmt: skip


def entries(cases: Iterable[Case], standings: Iterable[Standing]) -> tuple[list[Known], list[str]]:
    """What these make known, and the ids of the entries that are no more."""
    made = {id_of("case", each.id): of_case(each) for each in cases}
    made |= {id_of("report", each.report_id): of_report(each) for each in standings}
    return [each for each in made.values() if each], [id for id, each in made.items() if each is None]


def _named(person: Person, case: Case) -> Named:
    tokens = ((case.entry(id), id) for id in person.reports)
    sealed = (entry.sealed.get("report") for entry, _ in tokens if entry and entry.sealed)
    return Named(
        (person.key, *person.also), person.role, person.relation, person.birth_year, person.sex, person.homes,
        person.phones, data_keys(*sealed),
    )  # fmt: skip


def _told(person: PersonKey, sealed_by: tuple[str, ...]) -> Named:
    homes = (person.home,) if person.home else ()
    keys = (person.key, *person.also)
    return Named(
        keys, person.role, person.relation, person.birth_year, person.sex, homes, person.phones, sealed_by
    )  # fmt: skip


def _place(case: Case) -> tuple[str | None, str | None]:
    """Township and village of the first report that says one: where a case began does not wander with later ones."""
    told = [each for each in case.reports if each.state != "withdrawn" and each.township]
    first = min(told, key=lambda each: (each.village is None, each.received_at, each.report_id), default=None)
    return (first.township, first.village) if first else (None, None)


def _workers(case: Case) -> tuple[str, ...]:
    """Who serves the family by name, and the units that take part by name: what two cases share by these is known."""
    if not case.is_open:
        return ()
    hands = ((case.lead.unit, case.lead.person), *((each.unit, each.person) for each in case.active))
    named = (f"{unit} {person}" for unit, person in hands if person)
    return tuple(sorted({*named, *(each.unit for each in case.active if each.state == "joined")}))
