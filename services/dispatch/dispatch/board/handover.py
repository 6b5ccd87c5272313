"""A shift's note as the board words it."""

from collections.abc import Iterable
from datetime import datetime

from contracts.languages import Lang

from dispatch.board.view import View
from dispatch.site import words
from dispatch.site.places import township
from dispatch.window.shifts.store import Line, Note, Open


def open_shown(found: Open, lang: Lang, now: datetime) -> View:
    """What is open, part by part."""
    return {
        "claims": _shown(found["claims"], lang, now),
        "promises": _shown(found["promises"], lang, now),
        "clocks": _shown(found["clocks"], lang, now),
    }


def _shown(lines: Iterable[Line], lang: Lang, now: datetime) -> list[View]:
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


def note_shown(note: Note, said: str | None, lang: Lang, now: datetime) -> View:
    """A note: who wrote it and what they `said`, what was open then, and who took over."""
    accepted = note["accepted"]
    head = {"id": note["_id"], "by": note["by"], "name": note["name"], "at": words.time(note["at"], now, lang),
            "words": said, "accepted": accepted,
            "accepted_at": words.time(accepted["at"], now, lang) if accepted else ""}  # fmt: skip
    return head | open_shown(note, lang, now)
