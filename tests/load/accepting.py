"""What a report costs intake before it waits for a disk: read, judged, sealed, made a document. No server is needed.

`python -m tests.load.accepting [--rounds N] [--against CHECKOUT]`: CPU microseconds a report, and in pieces of
calibration. With `--against` another checkout takes the same reports in turn, each round in a process of its own.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

from contracts.reports import SourceUnit
from intake.arrivals import Sealing, arrival
from intake.domain.agency import Agency
from intake.reading import submission_of
from kit.mongo import connect, database
from kit.sealed import KeyVault
from simulator.load import singles

from tests.load.calibration import calibrated

REPORTS = 400
PARTS = ("contracts", "services/kit", "services/rules", "services/web", "services/intake")


def once() -> dict[str, float]:
    """CPU microseconds a report, and a thousand reports in pieces of calibration."""
    now = datetime.now(UTC)
    bodies = [json.dumps(body).encode() for _, body in singles(REPORTS, now, 7)]
    keys = database(connect("mongodb://127.0.0.1:1"), "unused")["keys"]
    sealing = Sealing(KeyVault(keys, bytes(32)), bytes(32))
    police = Agency("police", SourceUnit.POLICE, frozenset({"*"}))
    gc.freeze()  # as the service does
    for body in bodies[:50]:
        _take(sealing, police, body, now)
    before, began = calibrated(), process_time()
    for body in bodies:
        _take(sealing, police, body, now)
    spent = (process_time() - began) / REPORTS
    return {"us": spent * 1e6, "pieces": spent * 1e6 / statistics.mean((before, calibrated()))}


def _take(sealing: Sealing, agency: Agency, body: bytes, now: datetime) -> None:
    arrival(sealing, agency, submission_of(body, now), None, now).document(1)


def compare(rounds: int, against: Path | None) -> dict[str, Any]:
    """Medians, and the median of each round's ratio of this checkout to the other."""
    checkouts = {"this": Path.cwd()} | ({"other": against} if against else {})
    found = [{name: _process(path) for name, path in checkouts.items()} for _ in range(rounds)]
    medians = {
        name: {of: round(statistics.median(each[name][of] for each in found), 1) for of in ("us", "pieces")}
        for name in checkouts
    }
    ratios = [each["this"]["pieces"] / each["other"]["pieces"] for each in found] if against else []
    return medians | ({"ratio": round(statistics.median(ratios), 3)} if ratios else {})


def _process(checkout: Path) -> dict[str, float]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join(str(checkout / part) for part in PARTS)}
    told = subprocess.run([sys.executable, "-m", __spec__.name, "--once"], env=env, check=True, capture_output=True)
    found: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return found


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--against", type=Path)
    asked.add_argument("--once", action="store_true", help="one round in this process")
    wanted = asked.parse_args()
    print(json.dumps(once() if wanted.once else compare(wanted.rounds, wanted.against)))


if __name__ == "__main__":
    main()
