"""The other reports that a report names, as people call them: by the serial, where this officer may see it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from kit.mongo import Document

from dispatch.window.events import report_of
from dispatch.window.stages import holds


@dataclass(frozen=True)
class Other:
    """Another report. `county` is whose board shows it; None where nothing but the id is known."""

    id: str
    name: str
    county: str | None = None


Others = Mapping[str, Other]


def others_of(document: Document) -> set[str]:
    """The ids of the reports that its page names: its original, the one it relates to, those of its history."""
    decision = document["decision"]
    ids = {decision["duplicate_of"], (decision.get("relation") or {}).get("of")}
    return {id for id in ids | {each.get("report_id") for each in document["history"]} if id}


def shown(found: Iterable[Document], opens: Callable[[Document], bool]) -> Others:
    """Those that this officer may open, under every id they have; whoever holds a report tells of it."""
    return {
        id: Other(id, each["serial"] or id, each["county"])
        for each in sorted(found, key=holds)
        if opens(each)
        for id in (each["_id"], report_of(each))
    }


def other(id: str | None, others: Others) -> Other | None:
    """The report of an id; its bare id where nothing else is known."""
    return others.get(id, Other(id, id)) if id else None
