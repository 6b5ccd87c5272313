"""The bands of age in which figures are counted."""

from itertools import pairwise

from contracts.words import Words

_BOUNDS = (6, 12, 18, 30, 50, 65)
_BETWEEN = [(low, high - 1) for low, high in pairwise(_BOUNDS)]

BANDS = {f"under_{_BOUNDS[0]}": _BOUNDS[0] - 1} | {f"{low}_to_{high}": high for low, high in _BETWEEN}
"""The oldest of each band; whoever is older is in the last one."""
LAST = f"{_BOUNDS[-1]}_and_over"
_ZH = (f"未滿{_BOUNDS[0]}歲", *(f"{low}至{high}歲" for low, high in _BETWEEN), f"{_BOUNDS[-1]}歲以上")

WORDS = {band: Words(zh, band.replace("_", " "), zh) for band, zh in zip((*BANDS, LAST), _ZH, strict=True)}


def band(age: int) -> str:
    """The band of an age in whole years, such as `6_to_11`."""
    return next((name for name, oldest in BANDS.items() if age <= oldest), LAST)
