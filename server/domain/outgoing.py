"""Which addresses outside the house the server may call (against server-side request forgery, CWE-918).

A name is judged by what it resolves to, every address of it, and the connection then goes to an address that was
judged: a name that answers differently the second time (DNS rebinding) gains nothing. Addresses in disguise, an IPv4
one inside an IPv6 one (RFC 4291 section 2.5.5, 6to4 RFC 3056, Teredo RFC 4380, NAT64 RFC 6052), are judged by what is
inside.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from server.domain.errors import DomainError

LONGEST_URL: Final = 2_000
PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Target(NamedTuple):
    """Where a call goes. `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, inside: Collection[str] = ()) -> Target:
    """The parts of an address that may be called, as far as its writing tells; `inside`: hosts of the company's own
    (names, `name:port` where the port is another), which may be called over http too.

    Errors: DomainError `url` with `too_long`, `format`, `scheme`, `credentials`, `host` or `port`.
    """
    if len(url) > LONGEST_URL:
        raise DomainError("url", "too_long")
    if not url.isascii() or any(sign <= " " or sign == "\\" for sign in url):
        raise DomainError("url", "format")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise DomainError("url", "format") from None
    host = (parts.hostname or "").rstrip(".").lower()
    known = f"{host}:{port}" in inside if port else host in inside
    if parts.scheme != "https" and not (known and parts.scheme == "http"):
        raise DomainError("url", "scheme")
    if parts.username is not None or parts.password is not None:
        raise DomainError("url", "credentials")
    if not _NAME.fullmatch(host) and _literal(host) is None:
        raise DomainError("url", "host")
    if port not in (None, PORTS[parts.scheme]) and not known:
        raise DomainError("url", "port")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or PORTS[parts.scheme], path)


def is_public(address: str) -> bool:
    """Whether an address, as a resolver gives it, lies in the public internet. False for what is none."""
    found = _literal(address)
    return found is not None and all(_is_public(one) for one in _unwrapped(found))


def _is_public(address: Address) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _literal(text: str) -> Address | None:
    """Dotted decimal or IPv6 only: decimal, octal and hexadecimal spellings of IPv4 are names, and resolve to none."""
    try:
        return ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None


def _unwrapped(address: Address) -> list[Address]:
    """An address and those that hide in it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    hidden: list[Address] = [address]
    if address.sixtofour is not None:
        hidden.append(address.sixtofour)
    if address.teredo is not None:
        hidden.extend(address.teredo)
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if int(address) >> 32 == 0:  # the old "IPv4-compatible" form
        hidden.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return hidden
