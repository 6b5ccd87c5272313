"""Free words of workers, sealed under keys of their case: destroying those erases the words everywhere."""

from collections.abc import Sequence

from contracts.event import Sealed
from kit.sealed import KeyVault

SCOPE = "case"
_WORDS = "words"


class Sealing:
    """Seals words before they are stored, and opens them for the moment of one look."""

    def __init__(self, vault: KeyVault) -> None:
        self._vault = vault

    async def seal(self, case_id: str, words: str) -> Sealed:
        """The words as a token."""
        key = self._vault.new_key(case_id, SCOPE)
        await self._vault.keep([key])
        return key.seal({_WORDS: words})

    async def open(self, tokens: Sequence[Sealed]) -> list[str | None]:
        """The words of each token; None where they were erased."""
        return [values[_WORDS] if values else None for values in await self._vault.open(tokens, SCOPE)]

    async def erase(self, case_id: str) -> int:
        """Destroy the keys of a case; how many there were."""
        return await self._vault.destroy(case_id)
