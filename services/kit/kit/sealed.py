"""Personal data sealed: split off by their marks, encrypted under a key, unreadable once that is destroyed."""

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, get_args

from contracts.event import BlindIndex, Model, Personal, Sealed
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic.fields import FieldInfo
from pydantic_core import from_json, to_json

from kit.mongo import Client, Collection, Document, database
from kit.settings import ServiceSettings

Json = dict[str, Any]
Values = dict[str, Any]
"""Personal values by their JSON pointer (RFC 6901) without the leading slash, such as `people/0/name`."""

_NONCE = 12


class Unreadable(Exception):
    """The data key was destroyed, or the token was changed: nobody can read these values any more."""


def _model_in(annotation: object) -> type[Model] | None:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _scope(info: FieldInfo) -> str | None:
    return next((mark.scope for mark in info.metadata if isinstance(mark, Personal)), None)


def split(model: Model) -> tuple[Json, dict[str, Values]]:
    """The model as JSON without its personal fields, and those by scope and pointer."""
    public = model.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    personal: dict[str, Values] = {}
    _take(type(model), public, "", personal)
    return public, personal


@cache
def _marks(model: type[Model]) -> tuple[tuple[str, str | None, type[Model] | None], ...]:
    """The fields that hold something personal or a model inside: name, scope, model. Walking annotations is slow."""
    marks = ((name, _scope(info), _model_in(info.annotation)) for name, info in model.model_fields.items())
    return tuple(mark for mark in marks if mark[1] or mark[2])


def _take(model: type[Model], node: Json, at: str, personal: dict[str, Values]) -> None:
    for name, scope, inner in _marks(model):
        if name not in node:
            continue
        if scope:
            personal.setdefault(scope, {})[at + name] = node.pop(name)
        elif inner:
            children = node[name] if isinstance(node[name], list) else [node[name]]
            for number, child in enumerate(children):
                _take(inner, child, f"{at}{name}/{number}/" if child is not node[name] else f"{at}{name}/", personal)


def join(public: Mapping[str, Any], values: Values) -> Json:
    """The whole again: `public` with the personal values put back where they were."""
    whole: Json = _copied(public)
    for pointer, value in values.items():
        node: Any = whole
        *path, last = pointer.split("/")
        for step in path:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        node[int(last) if isinstance(node, list) else last] = value
    return whole


def _copied(node: Any) -> Any:
    """Containers made anew, what is in them as it is: a third of what a way through JSON costs."""
    if isinstance(node, Mapping):
        return {name: _copied(each) for name, each in node.items()}
    return [_copied(each) for each in node] if isinstance(node, list | tuple) else node


@dataclass(frozen=True)
class DataKey:
    """A key that seals the values of one scope of one owner; `document` is its wrapped form for the vault."""

    id: str
    secret: bytes
    document: Document

    def seal(self, values: Values) -> Sealed:
        nonce = secrets.token_bytes(_NONCE)
        body = nonce + AESGCM(self.secret).encrypt(nonce, to_json(values), self.id.encode())
        return Sealed(f"{self.id}.{base64.urlsafe_b64encode(body).decode()}")


def key_id(token: Sealed) -> str:
    """The id of the data key that sealed this token."""
    return token.partition(".")[0]


class KeyVault:
    """The wrapped data keys, in a database of their own. No cache: a destroyed key is gone for all at once."""

    def __init__(self, keys: Collection, master_key: bytes) -> None:
        self._keys = keys
        self._master = AESGCM(master_key)

    @classmethod
    def of(cls, client: Client, settings: ServiceSettings) -> Self:
        """The vault that all services share."""
        keys = database(client, settings.database_prefix + "keyvault")["keys"]
        return cls(keys, settings.key_bytes("master_key"))

    async def prepare(self) -> None:
        await self._keys.create_index("owner")

    def new_key(self, owner: str, scope: str) -> DataKey:
        """A fresh key; `keep` it before anything sealed with it is stored."""
        id, secret, nonce = secrets.token_hex(12), secrets.token_bytes(32), secrets.token_bytes(_NONCE)
        wrapped = nonce + self._master.encrypt(nonce, secret, f"{id}:{scope}".encode())
        return DataKey(id, secret, {"_id": id, "owner": owner, "scope": scope, "wrapped": wrapped})

    async def keep(self, keys: Iterable[DataKey]) -> None:
        """Store keys in one bulk write."""
        if documents := [key.document for key in keys]:
            await self._keys.insert_many(documents, ordered=False)

    async def open(self, tokens: Sequence[Sealed], scope: str = Personal.scope) -> list[Values | None]:
        """The values of each token, one read for all; None where the key was destroyed.

        Raises Unreadable for a token that was altered or belongs to another scope.
        """
        wanted = list({key_id(token) for token in tokens})
        found = {doc["_id"]: self._unwrap(doc, scope) async for doc in self._keys.find({"_id": {"$in": wanted}})}
        return [self._open(token, found.get(key_id(token))) for token in tokens]

    async def standing(self, tokens: Iterable[Sealed]) -> set[str]:
        """The ids of those data keys of tokens that were not destroyed: what can be opened, without opening it."""
        wanted = list(set(map(key_id, tokens)))
        return {doc["_id"] async for doc in self._keys.find({"_id": {"$in": wanted}}, {"_id": 1})}

    async def destroy(self, owner: str) -> int:
        """Destroy every key of an owner; how many there were. What they sealed is unreadable everywhere from now on."""
        return (await self._keys.delete_many({"owner": owner})).deleted_count

    def _unwrap(self, doc: Document, scope: str) -> bytes:
        try:
            return self._master.decrypt(
                doc["wrapped"][:_NONCE], doc["wrapped"][_NONCE:], f"{doc['_id']}:{scope}".encode()
            )
        except InvalidTag:
            raise Unreadable(f"data key {doc['_id']} is of another scope or another master key") from None

    def _open(self, token: Sealed, secret: bytes | None) -> Values | None:
        if secret is None:
            return None
        id, _, text = token.partition(".")
        body = base64.urlsafe_b64decode(text)
        try:
            opened = AESGCM(secret).decrypt(body[:_NONCE], body[_NONCE:], id.encode())
        except InvalidTag:
            raise Unreadable(f"a token of data key {id} was altered") from None
        # Pointers alone are remembered by the parser: values would outlive their key in its cache.
        values: Values = from_json(opened, cache_strings="keys")
        return values


class BlindIndexes:
    """Keyed HMAC-SHA-256 of personal values, so that equal values can be found without being stored."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, *values: str) -> BlindIndex:
        """The index of a value of a kind: `<kind>:` and 128 bits in hex."""
        message = "\x1f".join((kind, *values)).encode()
        return BlindIndex(f"{kind}:{hmac.digest(self._key, message, 'sha256').hex()[:32]}")
