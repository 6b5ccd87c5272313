"""Names under cover: of each part of a name at most its first sign is shown."""

import re
import unicodedata

COVER = "○"
NOBODY = "—"
_PART = re.compile(r"[^\s·‧・.-]+")
"""A Chinese name is one part; Latin names have spaces and hyphens, indigenous names dots between theirs."""


def covered(name: str | None) -> str:
    """林小美 becomes 林○○, and Sari Ayu S○○○ A○○; a part of one sign is covered whole."""
    seen = _seen(name or "").strip()
    return _PART.sub(lambda part: _cover(part[0]), seen) if seen else NOBODY


def _seen(name: str) -> str:
    """A name without signs that nobody sees: they have no width, or turn the direction of what follows."""
    return name if name.isascii() else "".join(sign for sign in name if unicodedata.category(sign) != "Cf")


def _cover(part: str) -> str:
    return part[0] + COVER * (len(part) - 1) if len(part) > 1 else COVER
