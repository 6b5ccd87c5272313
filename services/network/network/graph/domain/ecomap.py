"""An ecomap: the family as one circle, everybody who serves it around, the line as strong as their part."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import cos, pi, sin

from network.known.entry import Known

WIDTH, HEIGHT, RADIUS, SIZE = 760, 560, 210, 62


@dataclass(frozen=True)
class Around:
    """One that serves the family: `word` is a code, `kind` what it serves by, none for what is another's."""

    word: str
    kind: str
    x: int
    y: int
    strong: bool
    over: bool


@dataclass(frozen=True)
class Ecomap:
    around: tuple[Around, ...]
    width: int = WIDTH
    height: int = HEIGHT


def ecomap(case: Known, near: Iterable[Known], seen: Collection[str]) -> Ecomap:
    """The lead, those who have part, and what else the family's own people are in, as far as one may see it."""
    parts = {(unit, "lead" if unit == case.unit else "collaborator"): (unit == case.unit, False) for unit in case.units}
    for each in near:
        own = each.id in seen and each.kind not in ("case", "report")
        if own and (set(each.within) & set(case.within) or any(case.named(one.keys) for one in each.people)):
            parts.setdefault((each.unit, each.kind), (False, each.until is not None))
    found = sorted(parts.items(), key=lambda each: (not each[1][0], each[0]))
    step = 2 * pi / max(1, len(found))
    return Ecomap(
        tuple(
            Around(word, kind, round(WIDTH / 2 + 1.25 * RADIUS * cos(n * step - pi / 2)),
                   round(HEIGHT / 2 + RADIUS * sin(n * step - pi / 2)), strong, over)
            for n, ((word, kind), (strong, over)) in enumerate(found)
        )
    )  # fmt: skip
