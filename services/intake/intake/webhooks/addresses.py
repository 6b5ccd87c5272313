"""Where a webhook may lead: the public internet, so that nobody makes intake knock on the doors of its own house."""

import asyncio
import ipaddress
import json
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from kit.problems import Unprocessable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
LONGEST = 2_000
_PORTS = {"https": 443, "http": 80}


class Unreachable(Exception):
    """The address may not be reached, or has none."""


@dataclass(frozen=True)
class Target:
    """A checked address: the request goes to this very `ip`, whatever the name says a moment later."""

    url: str
    host: str
    ip: str


class Addresses:
    """Judges addresses; `networks` (a JSON list of CIDRs) may be reached too, also by plain http."""

    def __init__(self, networks: str) -> None:
        self._networks = [ipaddress.ip_network(each) for each in json.loads(networks)]

    async def must_be_reachable(self, url: str) -> None:
        """Raises Unprocessable for an address that a webhook may not lead to."""
        try:
            await self.target(url)
        except Unreachable:
            raise Unprocessable(
                "Give an https address on the public internet, without user name or password.",
                "請填公開網際網路上的 https 位址，且不含帳號密碼。",
                errors=[{"at": "/url", "code": "not_reachable", "en": "No webhook may be sent there.",
                         "zh": "無法將通知送往此位址。"}],
            ) from None  # fmt: skip

    async def target(self, url: str) -> Target:
        """Where to send. Raises Unreachable; looked up anew each time, since a name may come to mean another place."""
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise Unreachable from None
        if not parts.hostname or "@" in parts.netloc:
            raise Unreachable
        found = await _looked_up(parts.hostname, port)
        if not found or not all(self._allows(ip, parts.scheme) for ip in found):
            raise Unreachable
        return Target(url, parts.netloc, str(found[0]))

    def _allows(self, ip: Address, scheme: str) -> bool:
        plain = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped else ip
        if any(plain in network for network in self._networks):
            return True
        return scheme == "https" and plain.is_global and not plain.is_multicast


async def _looked_up(host: str, port: int) -> list[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
