"""Roster entries, kept as intake tells them, for the visits that are due: no case, no report."""

from collections.abc import Sequence

from contracts.event import Event
from contracts.rosters import RosterEntryListed
from kit import mongo
from kit.inbox import Received
from kit.mongo import Collection, Database, Document


class RosterEntries:
    """Who stands on which roster, each entry once; personal values stay sealed."""

    def __init__(self, database: Database) -> None:
        self._entries: Collection = database["roster_entries"]

    async def prepare(self) -> None:
        await self._entries.create_index([("entry.county", 1), ("visit_due_at", 1)], name="due")

    async def on_entries(self, batch: Sequence[Received[Event]]) -> None:
        """Keep the entries of a batch; one that is there already stays as it is."""
        await mongo.insert_new(
            self._entries, [_document(each.event) for each in batch if isinstance(each.event, RosterEntryListed)]
        )


def _document(event: RosterEntryListed) -> Document:
    times = {"received_at": event.received_at, "visit_due_at": event.visit_due_at}
    return {"_id": event.entry_id} | event.model_dump(mode="json", exclude={"type", "entry_id"}) | times
