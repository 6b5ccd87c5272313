"""The programs that make up a county on one machine, with their settings: data, nothing else."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from line_standin.groups import load_groups
from web.passwords import PASSWORDS

from stack.pair import Addresses
from stack.processes import Program
from stack.secrets import UNITS, Secrets, role_of

# Preferred ports; one that is taken is replaced by a free one.
PORTS = {
    "intake": 8101,
    "dispatch": 8102,
    "network": 8103,
    "notify": 8104,
    "line": 8105,
    "identity": 8106,
    "kafka": 8192,
    "mongo": 8127,
}
_PARTS = ("kafka", "mongo")
CLIENT = "safety-net"
# The people who sign in with the county's account: fictitious, like everyone here.
NAMES = {"officer": "王篩派", "supervisor": "李督導", "supervisor_2": "周督導", "caseworker": "陳社工",
         "analyst": "張分析", "liaison": "林聯繫", "administrator": "黃管理"}  # fmt: skip
# Everyone of the demonstration may see every county.
_COUNTIES = ["*"]


@dataclass(frozen=True)
class Service:
    """`python -m <module>` with `env`, on the port of `address`; ready when `<address>/readyz` answers 200."""

    name: str
    module: str
    address: str
    env: Mapping[str, str] = field(default_factory=dict)

    def program(self) -> Program:
        """What the supervisor runs."""
        port = {"HOST": "127.0.0.1", "PORT": str(urlsplit(self.address).port)}
        argv = (sys.executable, "-m", self.module)
        return Program(self.name, argv, ready=lambda: answers_ok(f"{self.address}/readyz"), env={**self.env, **port})


def addresses_of(ports: Mapping[str, int]) -> dict[str, str]:
    """The base URL of every service, by name."""
    return {name: f"http://127.0.0.1:{port}" for name, port in ports.items() if name not in _PARTS}


def services(addresses: Addresses, secrets: Secrets) -> list[Service]:
    """The stand-ins of LINE and of the county's accounts, and the four services, in the order they start."""
    http, common = addresses.http, _common(addresses, secrets)
    officers = {"OFFICERS": _officers(secrets), **_oidc(addresses, secrets)}
    return [
        Service("identity", "identity", http["identity"], _identity(addresses, secrets)),
        Service("line", "line_standin", http["line"], _line_standin(addresses, secrets)),
        Service("intake", "intake", http["intake"], {**common, **_intake(secrets)}),
        Service("dispatch", "dispatch", http["dispatch"], {**common, **officers, "DEMO": "true"}),
        Service("network", "network", http["network"], {**common, **officers}),
        Service("notify", "notify", http["notify"], {**common, **_line(addresses, secrets), **_notify(addresses)}),
    ]


def answers_ok(url: str) -> bool:
    """Whether a GET of `url` gives 200."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _common(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP": addresses.kafka,
        "MONGO_URL": addresses.mongo,
        "MASTER_KEY": secrets.master_key,
        "BLIND_INDEX_KEY": secrets.blind_index_key,
        "CALLERS": _callers(secrets),
        "SHUTDOWN_SECONDS": "10",
        **({} if addresses.is_durable else {"KAFKA_IDEMPOTENT": "false"}),
    }


def _callers(secrets: Secrets) -> str:
    county = [{"name": name, "role": role_of(name), "counties": _COUNTIES, "token_sha256": _digest(token)}
              for name, token in secrets.tokens.items()]  # fmt: skip
    units = [_of_unit(unit) | {"token_sha256": _digest(worker["token"])} for unit, worker in secrets.units.items()]
    return json.dumps(county + units)


def _of_unit(unit: str) -> dict[str, Any]:
    """The worker of a unit, who sees its cases alone."""
    return {"name": UNITS[unit], "role": "caseworker", "counties": [unit.partition("/")[0]], "units": [unit]}


def _intake(secrets: Secrets) -> dict[str, str]:
    """The agencies; a developer's webhook may be a server on this machine."""
    return {"AGENCIES_SEED": _agencies(secrets), "WEBHOOK_NETWORKS": '["127.0.0.0/8", "::1/128"]'}


def _agencies(secrets: Secrets) -> str:
    return json.dumps(
        [{"agency_id": name, "source_unit": name, "counties": _COUNTIES, "key_sha256": _digest(key)}
         for name, key in secrets.agencies.items()]
    )  # fmt: skip


def _officers(secrets: Secrets) -> str:
    """The people who sign in at a page; the username is the role's name, or the unit's."""
    county = [(person, {"name": name, "role": role_of(name), "counties": _COUNTIES})
              for name, person in secrets.officers.items()]  # fmt: skip
    units = [(worker, _of_unit(unit)) for unit, worker in secrets.units.items()]
    return json.dumps(
        [told | {"username": each["username"], "password_hash": PASSWORDS.hash(each["password"])}
         for each, told in (*county, *units)]
    )  # fmt: skip


def _oidc(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "OIDC_ISSUER": addresses.http["identity"],
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": secrets.identity_secret,
    }


def _identity(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    """The made-up people with their passwords, and where the pages that ask for them are."""
    people = [
        {"name": NAMES[role], "role": role_of(role), "counties": _COUNTIES, **person}
        for role, person in secrets.officers.items()
    ]
    pages = [addresses.http[name] for name in ("dispatch", "network")]
    here = [*pages, *(each.replace("127.0.0.1", "localhost") for each in pages)]
    return {
        "ISSUER": addresses.http["identity"],
        "IDENTITY_PEOPLE": json.dumps(people),
        "IDENTITY_CLIENTS": json.dumps({CLIENT: {"secret": secrets.identity_secret, "addresses": here}}),
    }


def _notify(addresses: Addresses) -> dict[str, str]:
    """Where each unit's messages go, and where their links lead."""
    return {
        "LINE_GROUPS": json.dumps({group.name: group.id for group in load_groups().values()}),
        "PUBLIC_NETWORK_URL": addresses.http["network"],
        "PUBLIC_DISPATCH_URL": addresses.http["dispatch"],
    }


def _line(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        "LINE_API_BASE": addresses.http["line"],
        "LINE_CHANNEL_TOKEN": secrets.line_channel_token,
        "LINE_CHANNEL_SECRET": secrets.line_channel_secret,
    }


def _line_standin(addresses: Addresses, secrets: Secrets) -> dict[str, str]:
    return {
        **_line(addresses, secrets),
        "NOTIFY_WEBHOOK_URL": f"{addresses.http['notify']}/webhooks/line",
        "LINE_STATE": str(addresses.run_dir / "line.jsonl"),
    }


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
