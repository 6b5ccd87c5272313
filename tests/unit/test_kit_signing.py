"""Signatures of webhooks, against the specification's own example."""

import base64
from datetime import timedelta

from kit.signing import PREFIX, pause, secret_of, signature

KEY = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")


def test_the_signature_is_the_one_of_the_specification() -> None:
    signed = signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [KEY])
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert secret_of(KEY) == PREFIX + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_two_keys_sign_side_by_side() -> None:
    both = signature("id", 1, b"{}", [KEY, b"other"]).split(" ")
    assert both == [signature("id", 1, b"{}", [KEY]), signature("id", 1, b"{}", [b"other"])]


def test_pauses_grow_and_never_end() -> None:
    pauses = [pause(attempts) for attempts in range(1, 30)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= timedelta(seconds=10)
    assert pauses[-1] == timedelta(hours=6)
