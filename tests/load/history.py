"""What the bench has found over time: a line a run in `docs/performance.jsonl`, a table in `docs/performance.md`.

`python -m tests.load.history "what was measured" < .run/bench/cost.json` keeps a run; without input it draws anew.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

KEPT = Path("docs/performance.jsonl")
PAGE = Path("docs/performance.md")
BEGINS, ENDS = "<!-- runs -->", "<!-- end of runs -->"
SHOWN = ("intake", "dispatch", "network", "notify", "mongo", "kafka", "all")
Run = Mapping[str, Any]


def keep(found: Run, what: str) -> None:
    """Add a run of `tests.load.cost`."""
    kept = ("reports", "cpu_ms", "operations", "reports_per_second", "idle_percent", "mib_at_rest", "mib_after",
            "calibration_ms", "ready")  # fmt: skip
    line = {"at": datetime.now(UTC).date().isoformat(), "what": what} | {
        name: found[name] for name in kept if name in found
    }
    with KEPT.open("a") as lines:
        lines.write(json.dumps(line, default=float) + "\n")


def table(runs: Sequence[Run]) -> str:
    """CPU in pieces of calibration a thousand reports: what two machines, or a busy one twice, can be compared by."""
    head = ["day", "what", "reports", "a piece", *SHOWN, "writes a report"]
    lines = [f"| {' | '.join(head)} |", "|---|---|" + "--:|" * (len(head) - 2)]
    for run in runs:
        piece, spent = run["calibration_ms"], run["cpu_ms"]
        pieces = [f"{spent[name] * 1000 / piece:.0f}" for name in SHOWN]
        writes = sum(run["operations"][name] for name in ("insert", "update"))
        cells = [run["at"], run["what"], f"{run['reports']:,}", f"{piece:.0f} ms", *pieces, f"{writes:.1f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def draw() -> None:
    """Write the table into its place in the page."""
    runs = [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []
    before, _, rest = PAGE.read_text().partition(BEGINS)
    PAGE.write_text(f"{before}{BEGINS}\n\n{table(runs)}\n\n{ENDS}{rest.partition(ENDS)[2]}")


if __name__ == "__main__":
    if not sys.stdin.isatty() and (told := sys.stdin.read().strip()):
        keep(json.loads(told), sys.argv[1])
    draw()
