"""Where a webhook may lead: the public internet, so that nobody makes a service knock on the doors of its own house."""

import asyncio
import ipaddress
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from kit.problems import Unprocessable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST = 2_000
_PORTS = {"https": 443, "http": 80}
_LOOKUPS = 8


def _networks(*listed: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in listed)


# What may be reached, and within it what the IANA registries of special-purpose addresses keep for something else
# (last read 2026-11): forms that carry an IPv4 address inside (NAT64, 6to4, Teredo, mapped, compatible) lie outside.
_PUBLIC = _networks("0.0.0.0/0", "2000::/3")
_SPECIAL = _networks(
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
    "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3ffe::/16", "3fff::/20",
)  # fmt: skip


class Unreachable(Exception):
    """The address may not be reached, or has none."""


@dataclass(frozen=True)
class Target:
    """A checked address: the request goes to this very `ip`, whatever the name says a moment later."""

    url: httpx.URL
    ip: str

    @property
    def pinned(self) -> httpx.URL:
        """The address with the checked IP in place of its name."""
        return self.url.copy_with(host=self.ip)

    @property
    def host(self) -> str:
        return self.url.netloc.decode("ascii")

    @property
    def name(self) -> str:
        """Whose certificate the receiver must show."""
        return self.url.raw_host.decode("ascii").strip("[]")


class Addresses:
    """Judges addresses. Public ones are reached by https at `ports` (JSON list), `networks` (CIDRs) in any way."""

    def __init__(self, networks: str, ports: str = "[443]") -> None:
        self._networks = _networks(*json.loads(networks))
        self._ports = frozenset(json.loads(ports))
        # Threads of their own: a name server that is silent holds up no password and no file.
        self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="webhook-names")

    async def must_be_reachable(self, url: str) -> None:
        """Raises Unprocessable for an address that a webhook may not lead to."""
        try:
            await self.target(url)
        except Unreachable:
            ports = ", ".join(map(str, sorted(self._ports)))
            raise Unprocessable(
                f"Give an https address on the public internet at port {ports}, without user name or password.",
                f"請填公開網際網路上的 https 位址（連接埠 {ports}），且不含帳號密碼。",
                errors=[{"at": "/url", "code": "not_reachable", "en": "No webhook may be sent there.",
                         "zh": "無法將通知送往此位址。"}],
            ) from None  # fmt: skip

    async def target(self, url: str) -> Target:
        """Where to send. Raises Unreachable; looked up anew each time, since a name may come to mean another place."""
        try:
            parsed = httpx.URL(url)
            port = parsed.port or _PORTS[parsed.scheme]
        except (httpx.InvalidURL, ValueError, KeyError):
            raise Unreachable from None
        if not parsed.host or parsed.userinfo:
            raise Unreachable
        addresses = await self._looked_up(parsed.host, port)
        if not addresses or not all(self._allows(ip, parsed.scheme, port) for ip in addresses):
            raise Unreachable
        return Target(parsed, str(addresses[0]))

    def _allows(self, ip: Address, scheme: str, port: int) -> bool:
        if any(ip in network for network in self._networks):
            return True
        return scheme == "https" and port in self._ports and is_public(ip)

    async def _looked_up(self, host: str, port: int) -> list[Address]:
        ask = asyncio.get_running_loop().run_in_executor
        try:
            found = await ask(self._lookups, _names, host, port)
        except (OSError, UnicodeError):
            return []
        return [ipaddress.ip_address(each.partition("%")[0]) for each in found]


def is_public(ip: Address) -> bool:
    """Whether an address is somebody's on the open internet, and nothing else besides."""
    return any(ip in network for network in _PUBLIC) and not any(ip in network for network in _SPECIAL)


def _names(host: str, port: int) -> list[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
