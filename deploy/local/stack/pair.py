"""Kafka and MongoDB, started together and stopped together."""

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stack import kafka, mongo
from stack.errors import NotReady
from stack.ports import free_ports
from stack.processes import Process, Program, stop_all
from stack.providers import Part, Say, choose


@dataclass(frozen=True)
class Addresses:
    """Where things are: `kafka` host:port, `mongo` a URL, `http` the base URL of each service by name.

    `is_durable` is False for a Kafka that forgets everything when it stops and knows no idempotent producer.
    """

    run_dir: Path
    kafka: str
    mongo: str
    is_durable: bool = True
    http: Mapping[str, str] = field(default_factory=dict)


def tell(line: str) -> None:
    """Print one line at once, even through a pipe."""
    print(line, flush=True)


def find(run_dir: Path, ports: Mapping[str, int], say: Say) -> tuple[Part, Part]:
    """Kafka and MongoDB from what the machine has. Raises NothingFits."""
    found = (
        choose("Kafka", kafka.providers(), run_dir, ports["kafka"], say),
        choose("MongoDB", mongo.providers(), run_dir, ports["mongo"], say),
    )
    for part in found:
        if part.warning:
            say(f"\n{'!' * 100}\n{part.warning}\n{'!' * 100}\n")
    return found


def start(found: Sequence[Part], run_dir: Path, say: Say) -> dict[str, Process]:
    """Start every part that is ours to start and wait until all serve. Raises NotReady, leaving nothing running."""
    stale = {part.name for part in found if part.program and _has_data(part.program)}
    running: dict[str, Process] = {}
    try:
        # MongoDB first: it comes up while Kafka's folder is being formatted.
        for part in reversed(found):
            if part.program:
                running[part.name] = Process(part.program, run_dir / "logs")
        for part in reversed(found):
            _settle(part, running, run_dir, say, is_stale=part.name in stale)
    except BaseException:
        stop(running)
        raise
    return running


def stop(running: Mapping[str, Process]) -> None:
    """One after the other, Kafka first and MongoDB last."""
    for name in sorted(running):
        stop_all([running[name]])


@contextmanager
def parts(
    run_dir: Path | None = None, *, ports: Mapping[str, int] | None = None, say: Say = tell
) -> Iterator[Addresses]:
    """Kafka and MongoDB for the length of a `with`; KAFKA_BOOTSTRAP and MONGO_URL short-circuit them.

    Without `run_dir` the data lie in a temporary folder that goes away at the end. Raises StackError.
    """
    with _folder(run_dir) as folder:
        found = find(folder, free_ports(ports or {"kafka": 0, "mongo": 0}), say)
        running = start(found, folder, say)
        try:
            yield addresses(folder, found)
        finally:
            stop(running)


def addresses(run_dir: Path, found: Sequence[Part], http: Mapping[str, str] | None = None) -> Addresses:
    """The addresses of the parts found, and of services if there are any."""
    kafka_part, mongo_part = found
    return Addresses(run_dir, kafka_part.address, mongo_part.address, kafka_part.is_durable, http or {})


@contextmanager
def _folder(run_dir: Path | None) -> Iterator[Path]:
    if run_dir is not None:
        yield run_dir.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="safetynet-") as folder:
        yield Path(folder)


def _has_data(program: Program) -> bool:
    return program.data is not None and program.data.exists()


def _settle(part: Part, running: dict[str, Process], run_dir: Path, say: Say, *, is_stale: bool) -> None:
    """Wait for one part; data left by an earlier run that it cannot start from are moved aside, once."""
    if part.program is None:
        say(f"{part.name}: {part.origin}, {part.address}")
        return
    try:
        seconds = running[part.name].wait_ready()
    except NotReady as error:
        if not is_stale:
            raise
        stop_all([running[part.name]], grace=5)
        say(f"{error}\n{part.name} does not start from the data it found and tries again without")
        seconds = _start_afresh(part.program, running, run_dir, say)
    say(f"{part.name}: {part.origin}, {part.address}, up in {seconds:.1f} s")


def _start_afresh(program: Program, running: dict[str, Process], run_dir: Path, say: Say) -> float:
    """Start without the old data, which stay under `broken-<time>`; they come back when it was not their fault."""
    assert program.data is not None
    aside = run_dir / time.strftime("broken-%Y%m%d-%H%M%S") / program.name
    aside.parent.mkdir(parents=True, exist_ok=True)
    program.data.rename(aside)
    try:
        running[program.name] = Process(program, run_dir / "logs")
        seconds = running[program.name].wait_ready()
    except NotReady:
        stop_all([running[program.name]], grace=5)
        shutil.rmtree(program.data, ignore_errors=True)
        aside.rename(program.data)
        raise
    say(f"{program.name} starts fresh; the data it did not start from are in {aside}")
    return seconds
