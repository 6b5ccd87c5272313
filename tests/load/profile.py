"""`make profile`: flame graphs of the four services while reports flow, by py-spy; writes `.run/profile/*.svg`.

py-spy must be found on the path or named by PYSPY, and may need the right to trace (root, or ptrace_scope 0).
"""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

from stack import control

from tests.load.client import post_all
from tests.load.cost import CLIENTS, SERVICES, bodies, read

REPORTS = 2_000
SECONDS = 30


def main() -> None:
    spy = os.environ.get("PYSPY") or shutil.which("py-spy")
    if spy is None:
        sys.exit("py-spy is not here: pip install py-spy into an environment of its own, and set PYSPY to its path.")
    run_dir, graphs = Path(".run/bench"), Path(".run/profile")
    graphs.mkdir(parents=True, exist_ok=True)
    with control.running(run_dir):
        stack = read(run_dir)
        spies = [_spy(spy, stack["pids"][name], graphs / f"{name}.svg") for name in SERVICES]
        asyncio.run(post_all(stack["intake"] + "/v1/reports", bodies(stack, REPORTS), CLIENTS))
        for each in spies:
            each.wait()
    print(f"flame graphs: {', '.join(str(path) for path in sorted(graphs.glob('*.svg')))}")


def _spy(spy: str, pid: int, svg: Path) -> "subprocess.Popen[bytes]":
    """Who holds the interpreter, for as long as the reports take."""
    asked = ("--gil", "--rate", "100", "--duration", str(SECONDS), "--pid", str(pid), "--output", str(svg))
    return subprocess.Popen([spy, "record", *asked])


if __name__ == "__main__":
    main()
