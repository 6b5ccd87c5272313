"""Codes that LINE shows to a group or a person, and a signed-in colleague types: so neither is read nor believed."""

import secrets

from kit.sealed import BlindIndexes

SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No sign that looks like another."""
LENGTH = 8


class Codes:
    """Makes codes, and the keys under which they and LINE's ids of people are stored."""

    def __init__(self, indexes: BlindIndexes) -> None:
        self._indexes = indexes

    def new(self) -> str:
        return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))

    def key(self, code: str) -> str:
        """The key of a code as people write it: case, blanks and hyphens mean nothing."""
        return self._indexes.of("line_code", "".join(filter(str.isalnum, code)).upper())

    def of_person(self, user_id: str) -> str:
        """The key of a LINE user, whose id is stored nowhere."""
        return self._indexes.of("line_user", user_id)
