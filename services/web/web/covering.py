"""Names under cover: of each part of a name at most its first sign is shown."""

import re

COVER = "○"
NOBODY = "—"
_PART = re.compile(r"[^\s·‧・.-]+")
"""A Chinese name is one part; Latin names have spaces and hyphens, indigenous names dots between theirs."""


def covered(name: str | None) -> str:
    """林小美 becomes 林○○, and Sari Ayu S○○○ A○○; a part of one sign is covered whole."""
    return _PART.sub(lambda part: _cover(part[0]), name.strip()) if name and name.strip() else NOBODY


def _cover(part: str) -> str:
    return part[0] + COVER * (len(part) - 1) if len(part) > 1 else COVER
