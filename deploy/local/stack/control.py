"""From outside: bring a stack up in the background, take it down, look at it, rehearse an outage."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stack.errors import StackError
from stack.pair import tell
from stack.processes import Identity, kill_group, spawn
from stack.providers import Say
from stack.records import Record, read_json

_POLL_SECONDS = 0.1
_STOP_SECONDS = 60.0
_SUPERVISE = (sys.executable, "-m", "stack", "supervise", "--run-dir")


def up(
    run_dir: Path, say: Say = tell, *, command: tuple[str, ...] = _SUPERVISE, with_parent: bool = False
) -> dict[str, Any]:
    """Bring the stack up in the background and give back `stack.json`; one that runs already is left as it is.

    `with_parent` stops it when this process ends, however it ends. Raises StackError when it does not come up.
    """
    run_dir = run_dir.resolve()
    with _one_at_a_time(run_dir):
        if is_up(run_dir):
            say("already up")
            return _wait_ready(run_dir, None, 0, say)
        heal(run_dir, say)
        log = run_dir / "logs" / "supervisor.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        seen = log.stat().st_size if log.exists() else 0
        supervisor = spawn((*command, str(run_dir)), log, death_signal=signal.SIGTERM if with_parent else None)
        return _wait_ready(run_dir, supervisor, seen, say)


def down(run_dir: Path, say: Say = tell) -> None:
    """Stop the stack in order (services, Kafka, MongoDB) and wait until it has; harmless when none runs."""
    record = Record.read(run_dir)
    if record is None or not record.supervisor.is_alive():
        heal(run_dir, say)
        say("nothing runs")
        return
    os.kill(record.supervisor.pid, signal.SIGTERM)
    if not _is_gone(record.supervisor, _STOP_SECONDS):
        say("the supervisor did not stop in time and is killed")
        os.kill(record.supervisor.pid, signal.SIGKILL)
        _is_gone(record.supervisor, _STOP_SECONDS)
        heal(run_dir, say)
    say("stopped")


@contextmanager
def running(run_dir: Path, say: Say = tell) -> Iterator[dict[str, Any]]:
    """The stack for the length of a `with`, as `stack.json`; stopped at the end unless it ran before."""
    was_up = is_up(run_dir)
    addresses = up(run_dir, say, with_parent=True)
    try:
        yield addresses
    finally:
        if not was_up:
            down(run_dir, say)


@contextmanager
def outage(run_dir: Path, name: str) -> Iterator[None]:
    """Kill one program of a running stack (SIGKILL) and keep it down for the length of a `with`."""
    hold = run_dir / "hold" / name
    hold.parent.mkdir(parents=True, exist_ok=True)
    hold.touch()
    try:
        kill_group(stack_json(run_dir)["pids"][name])
        yield
    finally:
        hold.unlink()


def is_up(run_dir: Path) -> bool:
    """Whether the supervisor that the run folder names lives: the same process, not only the same number."""
    record = Record.read(run_dir)
    return record is not None and record.supervisor.is_alive()


def stack_json(run_dir: Path) -> dict[str, Any]:
    """`stack.json`. Raises StackError when no stack is up."""
    read = read_json(run_dir / "stack.json")
    if read is None:
        raise StackError(f"no stack is up in {run_dir}")
    return read


def heal(run_dir: Path, say: Say = tell) -> None:
    """Tidy up after a stack that a power cut or a kill ended: its leftover processes and addresses, never its data."""
    record = Record.read(run_dir)
    if record is not None:
        say("the last stack here ended without stopping; tidying up")
        for child in record.children.values():
            if child.is_alive():
                kill_group(child.pid)
    for leftover in ("stack.json", "supervisor.json"):
        (run_dir / leftover).unlink(missing_ok=True)
    for hold in (run_dir / "hold").glob("*"):
        hold.unlink()


def _wait_ready(run_dir: Path, supervisor: subprocess.Popen[bytes] | None, seen: int, say: Say) -> dict[str, Any]:
    """Show what the supervisor logs until all is ready; `seen` is how much of its log was shown."""
    log = run_dir / "logs" / "supervisor.log"
    while True:
        ended = supervisor.poll() is not None if supervisor else not is_up(run_dir)
        if supervisor:
            seen = _repeat(log, seen, say)
        record = Record.read(run_dir)
        if ended:
            raise StackError(f"the stack did not come up; all logs are in {log.parent}")
        if record and record.state == "ready":
            return stack_json(run_dir)
        time.sleep(_POLL_SECONDS)


def _repeat(log: Path, seen: int, say: Say) -> int:
    with log.open("rb") as lines:
        lines.seek(seen)
        news = lines.read().rpartition(b"\n")[0]
    if news:
        say(news.decode(errors="replace"))
    return seen + len(news) + bool(news)


def _is_gone(who: Identity, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while who.is_alive() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return not who.is_alive()


@contextmanager
def _one_at_a_time(run_dir: Path) -> Iterator[None]:
    """Two `up` at the same moment: the second waits and then finds the stack up."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
