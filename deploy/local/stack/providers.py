"""Where a part can come from: a short list, tried in order, each saying why it does not fit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from stack.errors import NothingFits, Unavailable
from stack.processes import Program

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One part of the stack, ready to start: its address, and its program unless someone else runs it."""

    name: str
    origin: str
    address: str
    program: Program | None
    is_durable: bool = True
    warning: str | None = None


class Provider(Protocol):
    """One way to get a part. `install` is what a person can do to make it fit."""

    @property
    def origin(self) -> str: ...

    @property
    def install(self) -> str: ...

    def missing(self) -> str | None:
        """Why it does not fit this machine; None when it does. Quick, and changes nothing."""

    def part(self, run_dir: Path, port: int, say: Say) -> Part:
        """Fetch what is needed and describe the part; raises Unavailable when it cannot be had after all."""


def choose(what: str, providers: Sequence[Provider], run_dir: Path, port: int, say: Say) -> Part:
    """The part from the first provider that fits. Raises NothingFits with every reason."""
    reasons: list[str] = []
    for provider in providers:
        reason = provider.missing()
        if reason is None:
            try:
                return provider.part(run_dir, port, say)
            except Unavailable as error:
                reason = str(error)
        reasons.append(f"  - {provider.origin}: {reason}\n      {provider.install}")
    raise NothingFits(f"No {what} can be had on this machine. One of these is enough:\n" + "\n".join(reasons))
