"""The groups of the official account, and the people in them; every person is fictitious."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from random import Random

import yaml
from pydantic import BaseModel, Field


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a group; `name` is what LINE shows, such as `林佳穎(社工)`."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Group:
    """A LINE group of a unit; `name` is the unit's id (`chiayi-county/window`), the next three are for the screen."""

    id: str
    name: str
    zh: str
    en: str
    glyph: str
    members: Mapping[str, Member]


class GroupSeed(BaseModel):
    """One entry of a groups file; `members` names them, or says how many to make up from the file's names."""

    name: str
    zh: str
    en: str
    glyph: str = ""
    roles: list[str] = ["承辦"]
    members: list[str] | int = Field(default=6)


class GroupsFile(BaseModel):
    """A groups file: the groups, and the surnames and given names that made-up members get."""

    groups: list[GroupSeed]
    surnames: str = "陳林黃張李王吳劉蔡楊"
    given_names: list[str] = ["佳穎", "志明", "怡君", "俊傑", "淑芬", "家豪"]


def group_id(name: str) -> str:
    """LINE's shape of a group id (`C` and 32 hex digits), derived from the unit's id; notify derives the same."""
    return "C" + sha256(f"group:{name}".encode()).hexdigest()[:32]


def user_id(name: str) -> str:
    """LINE's shape of a user id (`U` and 32 hex digits)."""
    return "U" + sha256(f"user:{name}".encode()).hexdigest()[:32]


def load_groups(path: Path | None = None) -> dict[str, Group]:
    """The groups of a file (JSON is YAML too), or the seeded county's, by group id. Raises on another shape."""
    text = path.read_text("utf-8") if path else (files(__package__) / "groups.yaml").read_text("utf-8")
    content = GroupsFile.model_validate(yaml.safe_load(text))
    made = (_group(seed, content) for seed in content.groups)
    return {group.id: group for group in made}


def _group(seed: GroupSeed, content: GroupsFile) -> Group:
    names = seed.members if isinstance(seed.members, list) else _made_up(seed, seed.members, content)
    people = [Member(user_id(f"{seed.name}:{name}"), name) for name in names]
    glyph = seed.glyph or seed.zh[0]
    return Group(group_id(seed.name), seed.name, seed.zh, seed.en, glyph, {person.user_id: person for person in people})


def _made_up(seed: GroupSeed, count: int, content: GroupsFile) -> list[str]:
    every = [surname + given for surname in content.surnames for given in content.given_names]
    names = Random(seed.name).sample(every, count)
    roles = [seed.roles[min(place, len(seed.roles) - 1)] for place in range(count)]
    return [f"{name}({role})" for name, role in zip(names, roles, strict=True)]
