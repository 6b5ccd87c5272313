"""A shift's note as the board words it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from dispatch.board.view import View
from dispatch.site import words
from dispatch.site.places import township

PARTS = ("claims", "promises", "clocks")


def shown(lines: Iterable[Mapping[str, Any]], lang: str, now: datetime) -> list[View]:
    """The lines of one part: which report, what about it, and by when."""
    return [
        {
            "id": line["id"],
            "serial": line["serial"],
            "case_type": line["case_type"],
            "township": township(line["township"], lang),
            "what": " · ".join(filter(None, (words.word(line["promise"], lang), line["holder_name"]))),
            "due": words.time(line["promised"], now, lang),
        }
        for line in lines
    ]


def note_shown(note: Mapping[str, Any], lang: str, now: datetime) -> View:
    """A note: who wrote it, what was open then, and who took over."""
    accepted = note["accepted"]
    head = {"id": note["_id"], "by": note["by"], "name": note["name"], "at": words.time(note["at"], now, lang),
            "words": note["words"], "accepted": accepted,
            "accepted_at": words.time(accepted["at"], now, lang) if accepted else ""}  # fmt: skip
    return head | {part: shown(note[part], lang, now) for part in PARTS}
