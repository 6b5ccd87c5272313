"""The one process that owns all others: starts them in order, restarts what dies, stops them in order."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stack import secrets as run_secrets
from stack.errors import StackError
from stack.pair import Addresses, addresses, find, start, stop, tell
from stack.ports import free_ports
from stack.processes import Identity, Process, Program, stop_all, stop_on_signals
from stack.records import Record, State, write_json
from stack.secrets import Secrets
from stack.services import PORTS, Service, addresses_of, services

ServiceList = Callable[[Addresses, Secrets], Sequence[Service]]
_TICK_SECONDS = 0.1
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 10.0
_SETTLED_SECONDS = 15.0


class Kept:
    """A program that is started again when it dies: after 0.5 s, then twice as long each time, 10 s at most.

    While `hold` exists it stays down, which is how an outage is rehearsed.
    """

    def __init__(self, process: Process, hold: Path) -> None:
        self.process = process
        self.restarts = 0
        self._hold = hold
        self._wait = _FIRST_WAIT
        self._due: float | None = None

    def tend(self) -> bool:
        """Look after it once; True when it was started again."""
        now = time.monotonic()
        if self.process.is_running():
            return False
        if self._due is None:
            self._notice_death(now)
            return False
        if now < self._due or self._hold.exists():
            return False
        return self._start_again(now)

    def _notice_death(self, now: float) -> None:
        if now - self.process.started > _SETTLED_SECONDS:
            self._wait = _FIRST_WAIT
        self._due = now + self._wait
        tell(f"{self.process.program.name} ended; it starts again in {self._wait:.1f} s")
        self._wait = min(self._wait * 2, _LONGEST_WAIT)

    def _start_again(self, now: float) -> bool:
        self._due = None
        stop_all([self.process], grace=0)
        try:
            self.process = Process(self.process.program, self.process.log.parent)
        except StackError as error:
            tell(f"{self.process.program.name}: {error}")
            self._notice_death(now)
            return False
        self.restarts += 1
        return True


class Supervisor:
    """Runs one run folder. `program_list` says which services there are (tests bring their own)."""

    def __init__(self, run_dir: Path, program_list: ServiceList = services) -> None:
        self._run_dir = run_dir.resolve()
        self._list = program_list
        self._me = Identity.of(os.getpid())
        self._parts: dict[str, Kept] = {}
        self._services: dict[str, Kept] = {}

    def run(self) -> None:
        """Start everything, write `stack.json`, keep it running until a signal comes. Raises StackError."""
        stop_on_signals()
        try:
            self._record("starting")
            self._start()
            while True:
                self._tend()
                time.sleep(_TICK_SECONDS)
        finally:
            self._stop()

    def _start(self) -> None:
        ports = free_ports(PORTS)
        found = find(self._run_dir, ports, tell)
        self._parts = {name: self._keep(process) for name, process in start(found, self._run_dir, tell).items()}
        self._addresses = addresses(self._run_dir, found, addresses_of(ports))
        self._secrets = run_secrets.load(self._run_dir)
        self._start_services([service.program() for service in self._list(self._addresses, self._secrets)])
        self._publish()

    def _start_services(self, programs: Sequence[Program]) -> None:
        for program in programs:
            self._services[program.name] = self._keep(Process(program, self._run_dir / "logs"))
        self._record("starting")
        for name, service in self._services.items():
            tell(f"{name}: ready in {service.process.wait_ready():.1f} s")

    def _keep(self, process: Process) -> Kept:
        return Kept(process, self._run_dir / "hold" / process.program.name)

    def _tend(self) -> None:
        restarted = [name for name, kept in self._all().items() if kept.tend()]
        if restarted:
            self._publish()

    def _stop(self) -> None:
        (self._run_dir / "stack.json").unlink(missing_ok=True)
        stop_all(kept.process for kept in self._services.values())
        stop({name: kept.process for name, kept in self._parts.items()})
        (self._run_dir / "supervisor.json").unlink(missing_ok=True)
        tell("stopped")

    def _publish(self) -> None:
        write_json(self._run_dir / "stack.json", self._outward())
        self._record("ready")

    def _outward(self) -> Mapping[str, Any]:
        """`stack.json`, the contract with the users of this stack."""
        pids = {name: kept.process.pid for name, kept in self._all().items()}
        return {
            **self._addresses.http,
            "kafka": self._addresses.kafka,
            "mongo": self._addresses.mongo,
            "agencies": {name: {"key": key} for name, key in self._secrets.agencies.items()},
            "tokens": self._secrets.tokens,
            "officers": self._secrets.officers,
            "units": self._secrets.units,
            "pids": {**pids, "supervisor": self._me.pid},
            "restarts": self._restarts(),
        }

    def _record(self, state: State) -> None:
        children = {name: kept.process.identity for name, kept in self._all().items()}
        Record(self._me, state, children, self._restarts()).write(self._run_dir)

    def _restarts(self) -> dict[str, int]:
        return {name: kept.restarts for name, kept in self._all().items()}

    def _all(self) -> dict[str, Kept]:
        return {**self._services, **self._parts}
