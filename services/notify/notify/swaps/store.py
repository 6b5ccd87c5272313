"""Swaps that were offered and what was answered; one that is accepted changes its rota in the same transaction."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from kit.mongo import Client, Database, Document, Session, insert_new, transact

from notify.domain.swaps import Span, Swap, SwapState
from notify.rota.store import Kept, Rotas


class Answered(Exception):
    """The swap is not open any more."""


class Swaps:
    """One document a swap."""

    def __init__(self, client: Client, database: Database, rotas: Rotas) -> None:
        self._client = client
        self._swaps = database["rota_swaps"]
        self._rotas = rotas

    async def prepare(self) -> None:
        for name in ("by", "to"):
            await self._swaps.create_index([(name, 1), ("offered_at", -1)])

    async def offer(self, swap: Swap) -> Swap:
        """Keep an offer; the one that is there, where this one was made before."""
        await insert_new(self._swaps, [_document(swap)])
        return await self.of(swap.id) or swap

    async def of(self, id: str) -> Swap | None:
        found = await self._swaps.find_one({"_id": id})
        return _swap(found) if found else None

    async def concerning(self, person: str, most: int) -> list[Swap]:
        """What somebody offered or was offered, the latest first."""
        found = self._swaps.find({"$or": [{"by": person}, {"to": person}]}).sort("offered_at", -1)
        return [_swap(document) async for document in found.limit(most)]

    async def close(self, swap: Swap, state: SwapState, at: datetime) -> Swap:
        """Refuse or withdraw an offer. Raises Answered when it is not open any more."""
        written = await self._swaps.update_one(_open(swap), {"$set": {"state": state, "answered_at": at}})
        if not written.matched_count:
            raise Answered
        return replace(swap, state=state, answered_at=at)

    async def accept(self, swap: Swap, before: Kept, after: Kept, at: datetime) -> Swap:
        """Both or neither: the swap is accepted, and the rota that was looked at becomes the other one.

        Raises Answered when the offer is not open any more, and Changed when the rota is another one by now.
        """

        async def both(session: Session) -> None:
            accepted = {"$set": {"state": "accepted", "answered_at": at}}
            written = await self._swaps.update_one(_open(swap), accepted, session=session)
            if not written.matched_count:
                raise Answered
            await self._rotas.put(after, before.version, session)

        await transact(self._client, both)
        return replace(swap, state="accepted", answered_at=at)


def _open(swap: Swap) -> Document:
    return {"_id": swap.id, "state": "offered"}


def _document(swap: Swap) -> Document:
    fields: Document = {**vars(swap)}
    id, given, back = fields.pop("id"), fields.pop("given"), fields.pop("back")
    return {"_id": id, **fields, "given": {**vars(given)}, "back": {**vars(back)} if back else None}


def _swap(kept: dict[str, Any]) -> Swap:
    rest = {name: value for name, value in kept.items() if name not in ("_id", "given", "back")}
    return Swap(id=kept["_id"], given=Span(**kept["given"]), back=kept["back"] and Span(**kept["back"]), **rest)
