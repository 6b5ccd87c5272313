"""A fixed piece of Python work, so that figures of two machines, or of a quiet and a busy one, can be compared."""

import hashlib
import json
import statistics
from time import process_time

PIECES = 7
TIMES = 300
_BODY = {
    "name": "林小美" * 20,
    "numbers": list(range(200)),
    "nested": [{"at": str(n), "what": n * 7} for n in range(60)],
}


def piece() -> float:
    """CPU milliseconds of one piece: JSON both ways, dictionaries, texts, a hash."""
    began, seen = process_time(), ""
    for number in range(TIMES):
        read = json.loads(json.dumps(_BODY | {"number": number}, ensure_ascii=False))
        by_key = {f"{each['at']}/{number}": each["what"] for each in read["nested"]}
        seen = hashlib.sha256((seen + "".join(sorted(by_key))).encode()).hexdigest()
    return (process_time() - began) * 1000


def calibrated() -> float:
    """The median of a few pieces."""
    return statistics.median(piece() for _ in range(PIECES))


if __name__ == "__main__":
    print(f"a piece of work: {calibrated():.1f} ms of CPU")
