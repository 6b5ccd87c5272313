"""People of a county as network's index holds them after years: families in a house, some served by two sides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from contracts.event import BlindIndex
from contracts.people import Person, Role
from kit.mongo import Database
from network.known.entry import Known, Named, id_of
from network.known.store import document_of
from rules.national_id import check_digit_holds
from rules.people import Index, identities
from rules.places import villages_of

from tests.integration.network_stage import COUNTY, PROTECTION

FAMILY = 4
"""People of a family: a case and its report name each of them."""
AT_ONCE = 1_000
VILLAGES = villages_of(COUNTY)
TOWNSHIPS = sorted(each for each, named in VILLAGES.items() if len(named) > 6)
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def national_id(number: int) -> str:
    letter, digits = divmod((number * 7_654_321 + 1_234_567) % 10**8, 10**7)
    stem = f"{'ABCDEFGHJK'[letter]}2{digits:07}"
    return next(id for check in range(10) if check_digit_holds(id := f"{stem}{check}"))


def _named(number: int, index: Index) -> Named:
    person = Person.model_construct(
        role=Role.SUBJECT, name=None, national_id=national_id(number), birth_date=None, phones=()
    )
    family, place = divmod(number, FAMILY)
    role = ("subject", "alleged_perpetrator", "household_member", "caregiver")[place]
    return Named(
        identities(person, index), role, (None, "parent", "sibling", "grandparent")[place], 1950 + number % 60,
        ("female", "male")[number % 2], (BlindIndex(f"ad:{index('ad', str(family))}"),),
        (BlindIndex(f"ph:{index('ph', str(number))}"),),
    )  # fmt: skip


def entries(people: int, index: Index) -> Iterator[Known]:
    """A case and a report of each family. Of every tenth family somebody is also known in the next one's case."""
    rng = Random(people)
    for family in range(people // FAMILY):
        first = family * FAMILY
        names = [_named(first + n, index) for n in range(FAMILY)]
        if family % 10 == 0 and first + FAMILY < people:
            names.append(_named(first + FAMILY, index))
        township = TOWNSHIPS[family % len(TOWNSHIPS)]
        place: dict[str, Any] = {"township": township, "village": VILLAGES[township][family % 7]}
        case, since = f"case-{family:07}", NOW - timedelta(days=rng.randrange(2_000))
        ended = since + timedelta(days=rng.randrange(20, 900))
        until = ended if ended < NOW else None
        yield Known(
            "case", case, COUNTY, PROTECTION, (PROTECTION,), since, until, "closed" if until else "opened",
            tuple(names), within=(id_of("case", case),), workers=(f"{PROTECTION} worker {family % 400}",), **place,
        )  # fmt: skip
        window = f"{COUNTY}/window"
        yield Known(
            "report", f"report-{family:07}", COUNTY, window, (window,), since, None, "protection", tuple(names),
            within=(f"report:report-{family:07}", id_of("case", case)), lists=("adult_protection",), **place,
        )  # fmt: skip


async def store(database: Database, people: int, index: Index) -> None:
    """Into an index that is made: what the writers of its sources would have written."""
    every = entries(people, index)
    while some := list(islice(every, AT_ONCE)):
        await database["known"].insert_many([document_of(each) for each in some], ordered=False)
