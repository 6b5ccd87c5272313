"""The secrets of one run folder: drawn once, kept in `secrets.json` (mode 0600), the same at every start."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from line_standin.groups import load_groups

from stack.records import read_json, write_json

AGENCIES = (
    "police", "medical", "education", "civil_affairs", "social_affairs", "hotline_113", "judicial", "institution",
    "other",
)  # fmt: skip
ROLES = ("officer", "supervisor", "supervisor_2", "caseworker", "analyst", "liaison", "administrator", "keeper",
         "keeper_2", "partner", "secretary")  # fmt: skip
"""Who has a bearer token and signs in: one made-up person of each role, two where one act takes both."""
_GROUPS = {group.name: group.zh for group in load_groups().values()}
UNITS = {
    unit: f"{zh.removeprefix('嘉義縣 ').replace(' ', '')} 社工"
    for unit, zh in _GROUPS.items()
    if unit.startswith("chiayi-county/") and not unit.endswith("/window")
}
"""The units of the demo's county, and what the one worker of each is called, who sees what is theirs."""


@dataclass(frozen=True)
class Secrets:
    """`agencies`, `tokens`: name or role to bearer key; `officers`: role to username and password.

    `units`: a unit to the token, username and password of its worker. Keys are in base64.
    """

    agencies: Mapping[str, str]
    tokens: Mapping[str, str]
    officers: Mapping[str, Mapping[str, str]]
    units: Mapping[str, Mapping[str, str]]
    master_key: str
    blind_index_key: str
    line_channel_secret: str
    line_channel_token: str
    identity_secret: str


def load(run_dir: Path) -> Secrets:
    """The secrets of `run_dir`, drawn now if they are not there; missing ones are added, as after an upgrade."""
    path = run_dir / "secrets.json"
    kept = read_json(path) or {}
    drawn = asdict(_draw())
    complete = {name: _completed(kept.get(name, value), value) for name, value in drawn.items()}
    if complete != kept:
        write_json(path, complete)
    return Secrets(**complete)


def _completed(kept: Any, drawn: Any) -> Any:
    return {**drawn, **kept} if isinstance(drawn, dict) else kept


def _draw() -> Secrets:
    return Secrets(
        agencies={name: secrets.token_urlsafe(32) for name in AGENCIES},
        tokens={role: secrets.token_urlsafe(32) for role in ROLES},
        officers={role: {"username": role, "password": secrets.token_urlsafe(9)} for role in ROLES},
        units={unit: _worker(unit) for unit in UNITS},
        master_key=_key(),
        blind_index_key=_key(),
        line_channel_secret=secrets.token_hex(16),
        line_channel_token=secrets.token_urlsafe(48),
        identity_secret=secrets.token_urlsafe(32),
    )


def role_of(name: str) -> str:
    """`supervisor` of `supervisor_2`."""
    return name.partition("_")[0]


def _worker(unit: str) -> dict[str, str]:
    username = unit.partition("/")[2]
    return {"token": secrets.token_urlsafe(32), "username": username, "password": secrets.token_urlsafe(9)}


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
