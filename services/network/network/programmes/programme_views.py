"""What leaves this service about programmes themselves: their stages, what is asked in them, what they may pay."""

from collections.abc import Mapping
from datetime import date
from typing import Self

from network import words
from network.programmes.domain.grammar import Programme
from network.programmes.versions.store import Version
from network.tasks.views import View


class NextView(View):
    to: str
    needs: tuple[str, ...]
    tells: tuple[str, ...]


class StageView(View):
    stage: str
    name: Mapping[str, str]
    tasks: tuple[str, ...]
    contacts: Mapping[str, tuple[str, ...]]
    measures: tuple[str, ...]
    next: Mapping[str, NextView]


class AmountView(View):
    """In TWD; null where nothing bounds it so."""

    least: int | None
    most: int | None
    per_time: int | None
    per_count: int | None
    per_year: int | None
    once_per_cause: bool


class ProgrammeView(View):
    """One version of a programme; `county` is null for one that is every county's."""

    programme: str
    version: int
    since: date
    county: str | None
    name: Mapping[str, str]
    of: str
    ages: tuple[int, int] | None
    enters_by: tuple[str, ...]
    facts: Mapping[str, bool]
    stages: tuple[StageView, ...]
    amounts: Mapping[str, AmountView]
    pausable: bool
    figures: tuple[str, ...]
    source: str
    verified: bool

    @classmethod
    def of_version(cls, version: Version) -> Self:
        it = version.programme
        own = {name: getattr(it, name) for name in ("programme", "version", "since", "of", "ages", "enters_by")}
        return cls(
            **own, county=version.county or None, name=it.words[it.programme]._asdict(),
            facts={name: fact.required for name, fact in it.facts.items()}, stages=tuple(_stages(it)),
            amounts={name: AmountView.model_validate(each) for name, each in it.amounts.items()},
            pausable=it.pausable is not None, figures=tuple(it.figures), source=it.source, verified=it.verified,
        )  # fmt: skip


def _stages(it: Programme) -> list[StageView]:
    return [
        StageView(
            stage=name, name=it.words.get(name, words.of(name))._asdict(), tasks=tuple(task.id for task in stage.owed),
            contacts={each.id: each.kind for each in stage.contacts},
            measures=tuple(each.name for each in stage.measures),
            next={answer: NextView.model_validate(each) for answer, each in stage.next.items()},
        )
        for name, stage in it.stages.items()
    ]  # fmt: skip


class ProgrammesView(View):
    programmes: tuple[ProgrammeView, ...]
