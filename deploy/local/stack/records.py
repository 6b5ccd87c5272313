"""The files of a run folder: written whole or not at all, readable by their owner only."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from stack.errors import StackError
from stack.processes import Identity

State = Literal["starting", "ready"]


@dataclass(frozen=True)
class Record:
    """`.run/supervisor.json`: who supervises, what it started, and whether all of it was ready."""

    supervisor: Identity
    state: State
    children: Mapping[str, Identity] = field(default_factory=dict)
    restarts: Mapping[str, int] = field(default_factory=dict)

    def write(self, run_dir: Path) -> None:
        write_json(run_dir / "supervisor.json", asdict(self))

    @classmethod
    def read(cls, run_dir: Path) -> "Record | None":
        """The record of a run folder; None when there is none (or one that a power cut spoilt)."""
        try:
            read = read_json(run_dir / "supervisor.json")
        except StackError:
            return None
        if read is None:
            return None
        children = {name: Identity(**child) for name, child in read["children"].items()}
        return cls(Identity(**read["supervisor"]), read["state"], children, read["restarts"])


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace `path` at once by `value` as JSON, mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:
        json.dump(value, draft, ensure_ascii=False, indent=1)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, path)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in `path`; None without the file. Raises StackError when it is not JSON."""
    try:
        read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StackError(f"{path} is damaged ({error}); move it away and start again") from error
    return read
