"""
Which addresses may be spoken to.

Reads:    a host's addresses, resolved once
Writes:   nothing
Gives up: FetchError REFUSED_ADDRESS when any address is not public; UNREACHABLE without one
Version:  none
Next:     etl/fetch/http_connect.py
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Protocol

from etl.errors import FetchError, OutcomeCode

__all__ = ["AddressPolicy", "PublicAddresses", "Resolver", "is_public"]

#: Host and port → addresses.
Resolver = Callable[[str, int], Sequence[str]]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_WEB_PORTS = frozenset({80, 443})
#: Named one by one beside ``is_global``, which calls several of them global (IANA special-purpose
#: registries; 168.63.129.16 answers only inside one cloud).
_DENIED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
        "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
        "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/128", "::1/128", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


class AddressPolicy(Protocol):
    """Says where a host may be reached."""

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """
        Resolve a host once and return addresses that may all be spoken to.

        Raises:
            FetchError: REFUSED_ADDRESS or UNREACHABLE.
        """
        ...


class PublicAddresses:
    """The policy in force: ports 80 and 443, and only hosts whose every address is public."""

    def __init__(self, resolve: Resolver | None = None) -> None:
        self._resolve = resolve or _system_addresses

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """See :meth:`AddressPolicy.addresses`."""
        if port not in _WEB_PORTS:
            raise FetchError(OutcomeCode.REFUSED_ADDRESS, f"{host}: port {port} is not asked")
        found = tuple(dict.fromkeys(self._resolve(host.rstrip("."), port)))
        if not found:
            raise FetchError(OutcomeCode.UNREACHABLE, f"{host} has no address")
        if not all(is_public(address) for address in found):
            raise FetchError(OutcomeCode.REFUSED_ADDRESS, f"{host} is no public host")
        return found


def is_public(address: str) -> bool:
    """
    Tell whether an address belongs to the public internet.

    Args:
        address: IPv4 or IPv6, as the resolver gave it; a zone (``%eth0``) makes it local.

    Returns:
        False also for what is no address at all, and for an IPv6 address that stands for an
        IPv4 one (mapped, compatible, NAT64, 6to4) that is not public.
    """
    try:
        parsed: _Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    return all(_is_public(each) for each in _unwrapped(parsed))


def _unwrapped(address: _Address) -> list[_Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    inner: ipaddress.IPv4Address | None = address.ipv4_mapped
    if inner is not None:
        return [inner]
    inner = address.sixtofour
    if inner is None and (address in _NAT64 or address in _COMPATIBLE):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return [address] if inner is None else [inner, address]


def _is_public(address: _Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    # 6to4 is not global to Python; its inner address has been looked at instead.
    is_global = address.is_global or (
        isinstance(address, ipaddress.IPv6Address) and address.sixtofour is not None
    )
    return (
        is_global
        and not address.is_multicast
        and not any(address in network for network in _DENIED if network.version == address.version)
    )


def _system_addresses(host: str, port: int) -> list[str]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(OutcomeCode.UNREACHABLE, f"{host} cannot be found") from error
    return [str(answer[4][0]) for answer in answers]
