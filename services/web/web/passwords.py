"""Passwords as they are stored: argon2id in PHC strings; hashes that older settings hold are still right."""

import base64
import hashlib
import hmac
import re
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

_OLD = re.compile(r"\d+\$\d+\$\d+\$[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+")


class Scrypt:
    """The format of settings written before 2026-12: `<n>$<r>$<p>$<salt>$<hash>`, the last two in base64."""

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        return bool(_OLD.fullmatch(_text(hash)))

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        salt, cost = salt or secrets.token_bytes(16), (2**14, 8, 1)
        return "$".join((*map(str, cost), _base64(salt), _base64(_scrypt(password, salt, *cost))))

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        n, r, p, salt, wanted = _text(hash).split("$")
        found = _scrypt(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(wanted))

    def check_needs_rehash(self, hash: str | bytes) -> bool:
        return True


# The OWASP Password Storage Cheat Sheet's first choice: 19 MiB, 2 passes, 1 lane. Six guesses at once, which is what
# the threads of a small pod allow, stay near 115 MiB; the library's own default of 64 MiB each would end the pod.
PASSWORDS = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1), Scrypt()))


def is_hash(stored: str) -> bool:
    """Whether a setting holds a hash of a kind known here."""
    return Argon2Hasher.identify(stored) or Scrypt.identify(stored)


def is_old(stored: str) -> bool:
    """Whether a hash should be made anew: its kind is one that is only still accepted."""
    return Scrypt.identify(stored)


def _text(hash: str | bytes) -> str:
    return hash.decode() if isinstance(hash, bytes) else hash


def _base64(part: bytes) -> str:
    return base64.b64encode(part).decode()


def _scrypt(password: str | bytes, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode() if isinstance(password, str) else password, salt=salt, n=n, r=r, p=p)
