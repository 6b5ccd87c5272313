"""The record of looks in MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kit.mongo import Database, Document, drop_index, object_id
from kit.paging import Order, Page

from network.access import EVERYWHERE, Scope

SEARCH, PROGRAMME = "search", "programme"
_LATEST = Order("at", descending=True, id_of=object_id)


@dataclass(frozen=True)
class Look:
    """Somebody read sealed words; `contact_id` is the contact, plan, closing or task that they belong to.

    Or searched for a person (`what`): a look for each case that was shown (for each enrolment of a programme, whose
    `contact_id` it is, where a row of a file named them), one without either where there was none.
    Or took a list of so many `cases` away as a file; of a programme (its code is the `contact_id`), so many enrolments.
    `sought` is a keyed print of whom they asked for: equal for one person, and nothing to tell by whom.
    `units` had part in the case then: who watches over one of them sees it. Earlier releases kept none.
    """

    at: datetime
    by: str
    county: str
    case_id: str
    contact_id: str
    units: tuple[str, ...] = ()
    what: str = "words"
    cases: int = 0
    sought: str = ""
    id: str = ""


class Looks:
    """Looks are added, never changed."""

    def __init__(self, database: Database) -> None:
        self._looks = database["looks"]

    async def prepare(self) -> None:
        await self._looks.create_index([("county", 1), *_LATEST.sort])
        await drop_index(self._looks, "county_1_at_-1")
        await self._looks.create_index([("what", 1), ("by", 1), ("at", -1)])

    async def note(self, look: Look) -> None:
        """Kept before what it is about is shown."""
        await self._looks.insert_one(_document(look))

    async def note_all(self, looks: Sequence[Look]) -> None:
        if looks:
            await self._looks.insert_many([_document(look) for look in looks])

    async def latest(self, scope: Scope, after: str | None, limit: int) -> Page[Look]:
        """The last looks within a scope, the newest first, from beyond the place `after`."""
        return await _LATEST.page(self._looks, _within(scope), after, limit, _look)

    async def in_vain(self, by: Collection[str], what: str, since: datetime) -> Mapping[str, int]:
        """For how many different people each of these readers asked since then without finding one."""
        asked = {"what": what, "by": {"$in": sorted(by)}, "at": {"$gte": since}, "sought": {"$gt": ""}}
        asked |= {"case_id": "", "contact_id": ""}
        prints = {"_id": "$by", "people": {"$addToSet": "$sought"}}
        found = self._looks.aggregate([{"$match": asked}, {"$group": prints}])
        return {row["_id"]: len(row["people"]) async for row in found}


def _within(scope: Scope) -> Document:
    query: Document = {} if EVERYWHERE in scope.counties else {"county": {"$in": sorted(scope.counties)}}
    return query | ({"units": {"$in": sorted(scope.units)}} if scope.units else {})


def _document(look: Look) -> Document:
    return {name: value for name, value in vars(look).items() if name != "id"}


def _look(document: Document) -> Look:
    known = {name: value for name, value in document.items() if name != "_id"}
    return Look(**known, id=str(document["_id"]))
