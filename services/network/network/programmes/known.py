"""Where programmes make people known: an entry that follows from the enrolment and who may see it."""

from collections.abc import Collection

from contracts.event import BlindIndex

from network.known.entry import Known, Named, id_of
from network.programmes.domain.enrolment import Enrolment


def of_enrolment(it: Enrolment, units: Collection[str]) -> Known:
    """Of a person by their key, where one is named; of a case or a household as a part of it."""
    own = it.subject
    people = (Named((BlindIndex(own.person),)),) if own.person else ()
    parents = (("case", own.case_id), ("household", own.household_id))
    within = (id_of("enrolment", it.id), *(f"{kind}:{id}" for kind, id in parents if id))
    return Known(
        "enrolment", it.id, it.county, it.unit, tuple(sorted(units)), it.begun_at, it.ended_at,
        it.stage, people, within=within, lists=(it.programme,),
    )  # fmt: skip
