"""A bill of materials of what a lock installs: `python sbom.py requirements.runtime.lock` (CycloneDX 1.6)."""

import json
import re
import sys
from pathlib import Path
from typing import Any

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def bill(lock: str) -> dict[str, Any]:
    """Every pinned distribution with its version, its address as a package URL and the hashes it may have."""
    found = list(_PIN.finditer(lock))
    ends = [each.start() for each in found[1:]] + [len(lock)]
    parts = [_component(pin[1], pin[2], lock[pin.end() : end]) for pin, end in zip(found, ends, strict=True)]
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": parts}


def _component(name: str, version: str, rest: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name.lower()}@{version}"
    # One of these, by the platform: an evidence list would say more than anyone reads.
    hashes = [{"alg": "SHA-256", "content": each} for each in _HASH.findall(rest)]
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl, "hashes": hashes}


if __name__ == "__main__":
    json.dump(bill(Path(sys.argv[1]).read_text()), sys.stdout)
