"""A replay in a process of its own: a job on standard input, lines of progress and then the result on standard output.

So that deciding reports and the board never wait for it, its memory is its own, and it can be stopped.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from time import monotonic
from typing import Any

from dispatch.domain.period import Period
from dispatch.domain.tables.replay import Decided, replay
from dispatch.policy import policies
from dispatch.publishing.draft_text import table_of
from dispatch.publishing.replay_results import stored
from dispatch.publishing.store import Archive

NICE = 5
"""A third of the turns of what serves: it waits for nobody for ever on a busy machine, and nobody waits for it."""
EVERY = 0.5
"""Seconds between two lines of progress."""


def main() -> None:
    """Reads `{mongo_url, database, text, county, first, last}`; it only ever reads the reports."""
    os.nice(NICE)
    job = json.load(sys.stdin)
    period = Period(job["county"], date.fromisoformat(job["first"]), date.fromisoformat(job["last"]))
    draft = table_of(job["text"])
    with Archive(job["mongo_url"], job["database"]) as archive:
        total = archive.count(period)
        decided = counted(archive.decided(period), total)
        flips = replay(decided, draft, policies().in_force(period.county, period.last))
        _tell(result=stored(flips, archive.serials(flips)))


def counted(decided: Iterable[Decided], total: int) -> Iterator[Decided]:
    """The reports, with a line told now and then of how many have passed."""
    told, done = 0.0, 0
    for done, each in enumerate(decided, 1):
        if done % 500 == 1 and monotonic() - told > EVERY:
            told = monotonic()
            _tell(done=done - 1, of=total)
        yield each
    _tell(done=done, of=max(total, done))


def _tell(**line: Any) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
