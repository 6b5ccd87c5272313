"""What was accepted, one JSON line each, so that a restart still knows a retry key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

Record = dict[str, Any]


class Journal:
    """An append-only JSON-lines file, or nothing without a path; a line is written before the answer goes out."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._out: TextIO | None = None

    def replay(self) -> Iterator[Record]:
        """Every record, oldest first. A line that a crash cut short was never answered: it is dropped."""
        if self._path is None or not self._path.exists():
            return
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if whole != raw:
            self._path.write_bytes(whole)
        yield from (json.loads(line) for line in whole.splitlines())

    def append(self, record: Record) -> None:
        """Hand one record to the operating system: it survives `kill -9`, not a power cut."""
        if self._path is None:
            return
        if self._out is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._out = self._path.open("a", encoding="utf-8", buffering=1)
        self._out.write(json.dumps(record, ensure_ascii=False) + "\n")

    def clear(self) -> None:
        """Forget everything."""
        self.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Release the file."""
        if self._out is not None:
            self._out.close()
            self._out = None
