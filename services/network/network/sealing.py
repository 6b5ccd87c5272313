"""Free words, sealed under keys of what they belong to: a case, a referral without one, an entry of the directory."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.event import Sealed
from kit.sealed import KeyVault

_WORDS = "words"
CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")
IN_WORDS = "in_words"
"""Where a code would stand, for what somebody said in words, which are sealed."""


@dataclass(frozen=True)
class Coded:
    """What somebody wrote: a code as it stands, words as a token."""

    code: str
    words: Sealed | None = None


class Sealing:
    """Seals words before they are stored, and opens them for the moment of one look.

    Destroying the keys of their owner erases them everywhere.
    """

    def __init__(self, vault: KeyVault, scope: str) -> None:
        self._vault = vault
        self._scope = scope

    async def seal(self, owner: str, words: str) -> Sealed:
        """The words as a token."""
        key = self._vault.new_key(owner, self._scope)
        await self._vault.keep([key])
        return key.seal({_WORDS: words})

    async def coded(self, owner: str, text: str | None) -> Coded:
        """A code as it is, words sealed."""
        if text is None or CODE.fullmatch(text):
            return Coded(text or "")
        return Coded(IN_WORDS, await self.seal(owner, text))

    async def open(self, tokens: Sequence[Sealed]) -> list[str | None]:
        """The words of each token; None where they were erased."""
        return [values[_WORDS] if values else None for values in await self._vault.open(tokens, self._scope)]
