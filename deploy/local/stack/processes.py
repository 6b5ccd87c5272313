"""Child processes that die with their parent, log to a file and say when they are ready."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from stack.errors import NotReady

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_POLL_SECONDS = 0.05
_MONGO_INFORMATION = '"s":"I"'


@dataclass(frozen=True)
class Program:
    """What to run: `prepare` runs before each start, `ready` is polled until true or `timeout` seconds have passed.

    `data` is the folder whose contents may be stale after a power cut; `death_signal` is sent when the parent dies.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 300.0
    data: Path | None = None
    prepare: Callable[[], None] = lambda: None
    death_signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True)
class Identity:
    """A process id with its start time, so that a recycled id is never taken for ours."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Identity":
        return cls(pid, started_at(pid) or "gone")

    def is_alive(self) -> bool:
        return started_at(self.pid) == self.started


class Process:
    """A running program: its own process group, its log under `logs`, killed by the kernel when we die."""

    def __init__(self, program: Program, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.program = program
        self.log = logs / f"{program.name}.log"
        program.prepare()
        self._popen = spawn(program.argv, self.log, env=program.env, death_signal=program.death_signal)
        self.started = time.monotonic()
        self.identity = Identity.of(self._popen.pid)

    @property
    def pid(self) -> int:
        return self._popen.pid

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def is_ready(self) -> bool:
        """Whether it serves now; raises NotReady when it has died or its time is up."""
        if not self.is_running():
            raise NotReady(self._story(f"ended with exit code {self._popen.returncode}"))
        if self.program.ready():
            return True
        if time.monotonic() - self.started > self.program.timeout:
            raise NotReady(self._story(f"was not ready within {self.program.timeout:.0f} s"))
        return False

    def wait_ready(self) -> float:
        """Block until it serves; seconds since it was started. Raises NotReady."""
        while not self.is_ready():
            time.sleep(_POLL_SECONDS)
        return time.monotonic() - self.started

    def terminate(self) -> None:
        """Ask it to stop (SIGTERM), without waiting."""
        if self.is_running():
            self._popen.terminate()

    def finish(self, deadline: float) -> None:
        """Wait until the monotonic time `deadline`, then SIGKILL what is left of its process group."""
        try:
            self._popen.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            print(f"{self.program.name} did not stop in time and is killed", flush=True)
        kill_group(self.pid)
        self._popen.wait()

    def _story(self, what: str) -> str:
        return f"{self.program.name} {what}; the end of {self.log}:\n{last_lines(self.log)}"


def stop_all(processes: Iterable[Process], grace: float = 15.0) -> None:
    """Stop them together: SIGTERM to all, up to `grace` seconds to finish, then SIGKILL."""
    asked = list(processes)
    for process in asked:
        process.terminate()
    deadline = time.monotonic() + grace
    for process in asked:
        process.finish(deadline)


def spawn(
    argv: tuple[str, ...], log: Path, *, env: Mapping[str, str] | None = None, death_signal: signal.Signals | None
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, output appended to `log`; `death_signal` None lets it outlive us.

    What it writes, and the log, are for its owner's eyes alone.
    Call it from the main thread: the kernel sends the death signal when the starting *thread* ends.
    """
    with open(log, "ab", opener=partial(os.open, mode=0o600)) as output:
        os.fchmod(output.fileno(), 0o600)  # also a log that an earlier version began
        return subprocess.Popen(
            argv,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            # One system call on a library loaded beforehand: no lock that a thread may hold is needed.
            preexec_fn=_die_with(os.getpid(), death_signal) if death_signal and _LIBC else None,  # noqa: PLW1509
        )


def kill_group(pid: int) -> None:
    """SIGKILL a process group that `spawn` made; a group that is gone already is fine."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def started_at(pid: int) -> str | None:
    """When process `pid` started, in a form that only compares equal for the same process; None when it is gone."""
    if sys.platform != "linux":
        return _started_according_to_ps(pid)
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else f"{_boot_id()}:{rest[18]}"


def free_ports(preferred: Mapping[str, int]) -> dict[str, int]:
    """A port for every name: the preferred one when nothing listens on it, else (or for 0) one the kernel picks."""
    with ExitStack() as held:
        return {name: _hold_port(held, port) for name, port in preferred.items()}


def answers(port: int) -> bool:
    """Whether something on this machine accepts connections on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def last_lines(log: Path, count: int = 20) -> str:
    """The last `count` lines of a log, indented, without MongoDB's informational ones: a crash ends with 20 of them."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    telling = [line for line in lines if _MONGO_INFORMATION not in line]
    return "\n".join(f"  | {line[:400]}" for line in telling[-count:])


def stop_on_signals() -> None:
    """Turn the first SIGTERM or SIGINT into SystemExit, so that `finally` blocks stop what was started."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)


def _leave(signum: int, frame: FrameType | None) -> None:
    # A second Ctrl-C must not cut the orderly stop short; SIGKILL still does, and takes the children along.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(0)


def _hold_port(held: ExitStack, preferred: int) -> int:
    probe = held.enter_context(socket.socket())
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind(("127.0.0.1", preferred))
    except OSError:
        return _hold_port(held, 0)
    return int(probe.getsockname()[1])


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    def in_the_child() -> None:
        assert _LIBC is not None
        _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal)
        # The parent may have died between fork and prctl; then no signal would ever come.
        if os.getppid() != parent:
            os._exit(1)

    return in_the_child


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _started_according_to_ps(pid: int) -> str | None:
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None
