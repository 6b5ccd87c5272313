"""Senders' own references: sealed like a name, since they may hold one, and opened for their sender alone."""

from collections.abc import Iterable, Sequence

from contracts.event import Sealed
from kit.mongo import Document
from kit.sealed import KeyVault

SCOPE = "sender"


def token_of(document: Document) -> Sealed | None:
    """The token of a report's reference."""
    token = document.get("sealed", {}).get(SCOPE)
    return Sealed(token) if token else None


class Refs:
    """Opens references for the moment of one answer."""

    def __init__(self, vault: KeyVault) -> None:
        self._vault = vault

    async def of(self, documents: Iterable[Document]) -> dict[str, str]:
        """The references of reports by their ids, without those that were erased."""
        tokens = {each["_id"]: token for each in documents if (token := token_of(each))}
        opened = await self.opened(list(tokens.values()))
        return {id: opened[token] for id, token in tokens.items() if token in opened}

    async def opened(self, tokens: Sequence[Sealed]) -> dict[Sealed, str]:
        """The references of tokens, one read for all, without those that were erased."""
        found = await self._vault.open(tokens, SCOPE) if tokens else []
        return {token: values["sender_ref"] for token, values in zip(tokens, found, strict=True) if values}
