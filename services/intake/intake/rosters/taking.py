"""Accepting roster entries: many share one durable write, a repeat is recognized, none becomes a report."""

import asyncio
from collections.abc import Mapping, Sequence

from contracts.rosters import Roster, RosterListing
from kit.group_commit import Full, GroupCommit
from kit.mongo import Document
from kit.problems import Conflict, Problem, Unavailable
from kit.sealed import KeyVault
from rules.taiwan import taipei_day

from intake.arrivals import Sealing
from intake.domain.agency import Agency
from intake.domain.rosters import entry_mistakes
from intake.gate import must_report_to
from intake.reading import read_as, refusal
from intake.rosters.listing import Listed, listed
from intake.rosters.store import Entries

LOOKS = 10
LOOK_AGAIN = 0.05

Answer = Document | Problem


class RosterRows:
    """Answers rows of rosters."""

    def __init__(self, entries: Entries, vault: KeyVault, sealing: Sealing) -> None:
        self._entries = entries
        self._vault = vault
        self._sealing = sealing
        self._commit: GroupCommit[Listed, Answer] = GroupCommit(self._write)

    async def take(self, batch: Document, agency: Agency, body: bytes, origin: str) -> Document:
        """What became of one row, once it is durable. Raises a Problem for one that is refused."""
        listing = read_as(RosterListing, body)
        # The whole file was received at one instant: a row taken again after a crash is the same entry.
        at = batch["created_at"]
        if mistakes := {mistake.at: mistake.code for mistake in entry_mistakes(listing, taipei_day(at))}:
            raise refusal(mistakes)
        must_report_to(agency, listing.county)
        try:
            row = listed(self._sealing, agency, Roster(batch["roster"]), listing, received_at=at, origin=origin)
            answer = await self._commit.add(row)
        except Full:
            raise Unavailable from None
        if isinstance(answer, Problem):
            raise answer
        return answer

    async def _write(self, rows: Sequence[Listed]) -> Sequence[Answer]:
        before = await self._entries.known([row.entry_id for row in rows])
        first = {row.entry_id: row for row in reversed(rows) if row.entry_id not in before}
        fresh = list(first.values())
        # Keys first: an entry whose key is not kept would be lost as soon as it is stored.
        await self._vault.keep([key for row in fresh for key in row.content.keys.values()])
        documents = [row.document() for row in fresh]
        taken = await self._entries.add(documents)
        self._entries.outbox.send([document for place, document in enumerate(documents) if place not in taken])
        now_there = await self._there([row.entry_id for row in rows])
        return [_answer(row, now_there) for row in rows]

    async def _there(self, ids: Sequence[str]) -> Mapping[str, Document]:
        """Entries as the majority has them; one being written by another process may not be visible at once."""
        entries: Mapping[str, Document] = {}
        for _ in range(LOOKS):
            entries = await self._entries.known(ids)
            if len(entries) == len(set(ids)):
                break
            await asyncio.sleep(LOOK_AGAIN)
        return entries


def _answer(row: Listed, entries: Mapping[str, Document]) -> Answer:
    """The entry's answer: accepted for the row that brought it, repeated for another with the same content."""
    entry = entries.get(row.entry_id)
    if entry is None:
        return Unavailable()
    if entry.get("fingerprint") != row.content.fingerprint:
        return Conflict(
            "This sender_ref was used for another entry of this roster, which stands: use a new one.",
            "此名冊編號已用於同名冊的另一筆資料（仍有效）：請用新編號。",
        )
    state = "accepted" if entry["origin"] == row.origin else "repeated"
    return {"state": state, "entry_id": row.entry_id, "flags": entry["flags"]}
