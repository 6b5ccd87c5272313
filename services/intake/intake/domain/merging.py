"""JSON merge patch (RFC 7396): what an amendment says of a report."""

from typing import Any


def merged(target: object, patch: object) -> Any:
    """`target` with `patch` laid over it: null takes a field out, a list replaces a list, an object is merged."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            whole.pop(name, None)
        else:
            whole[name] = merged(whole.get(name), value)
    return whole
