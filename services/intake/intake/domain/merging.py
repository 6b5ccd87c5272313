"""What an amendment makes of a report: JSON merge patch (RFC 7396), except that a null is kept as a value."""

from typing import Any


def merged(target: object, patch: object) -> Any:
    """`target` with `patch` laid over it: an object is merged, anything else replaces.

    A null is kept, so that one under a name that no field has is refused rather than silently ignored.
    """
    if not isinstance(patch, dict):
        return patch
    whole = dict(target) if isinstance(target, dict) else {}
    return whole | {name: merged(whole.get(name), value) for name, value in patch.items()}
