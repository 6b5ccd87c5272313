"""One transaction over several collections, and the events it causes, which are published after the commit."""

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.event import Envelope
from contracts.topics import Topic
from kit import outbox
from kit.mongo import Client, Collection, Document, Session, transact, upsert
from kit.outbox import Outbox, Outgoing, Publish


@dataclass(frozen=True)
class Saved:
    """Documents just written, as what their outbox needs of them."""

    box: Outbox
    documents: list[Document]


class Shelf:
    """One collection whose documents carry the events they cause."""

    def __init__(self, collection: Collection, topic: Topic, box: Outbox) -> None:
        self.collection = collection
        self._topic = topic
        self._box = box

    async def write(
        self, documents: Iterable[Document], events: Sequence[Envelope] = (), *, at: datetime, session: Session
    ) -> Saved:
        """Write documents by their `_id` in one go, each with the events whose subject it is."""
        waiting: dict[str, list[Document]] = {}
        for event in events:
            waiting.setdefault(event.subject, []).extend(outbox.entries([Outgoing.of(self._topic, event)], at))
        known = [(document, waiting.get(document["_id"], [])) for document in documents]
        await upsert(self.collection, [(document, {outbox.FIELD: more}) for document, more in known], session)
        return Saved(self._box, [{"_id": document["_id"], outbox.FIELD: more} for document, more in known])


class Book:
    """The shelves of this service's database."""

    def __init__(self, client: Client, publish: Publish) -> None:
        self._client = client
        self._publish = publish
        self.outboxes: list[Outbox] = []

    def shelf(self, collection: Collection, topic: Topic) -> Shelf:
        """A collection that takes part in transactions."""
        box = Outbox(collection, self._publish)
        self.outboxes.append(box)
        return Shelf(collection, topic, box)

    async def prepare(self) -> None:
        for each in self.outboxes:
            await each.prepare()

    async def change(self, work: Callable[[Session], Coroutine[Any, Any, Sequence[Saved]]]) -> None:
        """Do `work` in one transaction, again from the start after a conflict; then publish what it caused."""
        for saved in await transact(self._client, work):
            saved.box.send(saved.documents)
