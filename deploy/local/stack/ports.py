"""Ports for what will be started: chosen now, listened on later, and nobody else's in between."""

import itertools
import random
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress

_OURS = range(15_000, 32_000)
"""Below those that systems give to outgoing connections (Linux from 32,768 on): none of those takes one in between."""
_TURN = itertools.cycle(random.sample(_OURS, len(_OURS)))
_CLAIMS: list[socket.socket] = []
"""Held as long as this process lives, so that what it starts may be started again."""


def free_ports(preferred: Mapping[str, int]) -> dict[str, int]:
    """A port for every name: the preferred one when it is nobody's, else (or for 0) another one."""
    return {name: preferred[name] if _take(preferred[name]) else free_port() for name in preferred}


def free_port() -> int:
    """A port that is nobody's; it comes again only after all the others."""
    for port in _TURN:
        if _take(port):
            return port
    raise AssertionError("a cycle does not end")


def _take(port: int) -> bool:
    """Whether nobody listens on `port`, nor was given it: then it is ours."""
    if not port:
        return False
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        _claim(port)
        return True
    return False


def _claim(port: int) -> None:
    """Say so to other processes, by a name that the kernel frees when we end. Raises OSError if one has said it."""
    if sys.platform != "linux":
        return
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0safetynet-port-{port}")
    except OSError:
        claim.close()
        raise
    _CLAIMS.append(claim)
