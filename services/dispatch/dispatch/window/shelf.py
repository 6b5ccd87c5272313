"""What one transaction sees of the reports, and what it makes of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from kit.mongo import Document


@dataclass
class Shelf:
    """The reports that a batch may touch or be compared with, as one transaction sees them; grows while it decides."""

    documents: dict[str, Document]
    under: dict[str, list[str]]
    written: dict[str, Document] = field(default_factory=dict)
    registered: dict[str, list[str]] = field(default_factory=dict)
    counted_as: dict[str, str] = field(default_factory=dict)

    def known_by(self, keys: Iterable[str], *, but: str, also: Iterable[str] = ()) -> list[Document]:
        """The reports registered under any of these keys, and `also`, the earliest first, without the report `but`."""
        ids = {id for key in keys for id in self.under.get(key, ())}.union(also) - {but}
        found = [self.documents[id] for id in ids if id in self.documents]
        return sorted(found, key=lambda document: (document["received_at"], document["_id"]))

    def put(self, document: Document) -> None:
        """Keep a new document or a new version, registered under its keys, for those that come after it."""
        id = document["_id"]
        self.documents[id] = self.written[id] = document
        for key in document["keys"]["blocking"]:
            if id not in self.under.setdefault(key, []):
                self.under[key].append(id)
                self.registered.setdefault(key, []).append(id)

    def keep(self, document: Document) -> None:
        """Keep a document without registering it: later reports are not compared with it."""
        self.documents[document["_id"]] = self.written[document["_id"]] = document

    def holder(self, report_id: str) -> Document | None:
        """The document of the county that holds a report: the one that received it, or whoever took it over last."""
        document = self.documents.get(report_id)
        while document and (on := document.get("transfer")) and on["state"] == "accepted":
            document = self.documents[on["id"]]
        return document

    def count_as(self, person: str, others: Iterable[str]) -> None:
        """People who were counted apart are one: all their reports count as `person` from now on."""
        for other in others:
            self.counted_as[other] = person
            for document in self.documents.values():
                if document.get("person") == other:
                    document["person"] = person
