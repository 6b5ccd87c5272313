"""The password of everyone in tests, hashed as cheaply as argon2id can be.

What a hash costs stands in itself: to check one of a real setting takes some 25 ms, and tests sign in by the hundred.
That real ones are made at their true cost is a test of its own (`tests/unit/test_web_passwords.py`).
"""

from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD = "correct horse 中文"
HASHED = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
