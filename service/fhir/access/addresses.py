"""What kind of network an IP address belongs to.

Own tables, because `ipaddress.is_global` differs between releases of Python. Sources, both from memory: the IANA
special-purpose address registries for IPv4 and IPv6 (RFC 6890 and its updates), and the metadata addresses that clouds
document.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address


class Reach(Enum):
    """Who can be behind an address: anyone, one's own network, this machine, or nobody who serves patient records."""

    PUBLIC = "public"
    INSIDE = "inside"
    LOOPBACK = "loopback"
    NEVER = "never"


# Answers with the machine's own credentials, at addresses that would count as public or inside.
METADATA = frozenset(map(ip_address, ("168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254")))

INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
SPECIAL = (
    *("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
INSIDE_V4 = tuple(map(IPv4Network, INSIDE))
SPECIAL_V4 = tuple(map(IPv4Network, SPECIAL))
LOOPBACK_V4 = IPv4Network("127.0.0.0/8")

INSIDE_V6 = tuple(map(IPv6Network, ("fc00::/7", "fec0::/10")))
PUBLIC_V6 = IPv6Network("2000::/3")
SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))

# Ways to write an IPv4 address as an IPv6 one: the prefix, and how many bits stand behind the IPv4 address.
CARRIERS = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("64:ff9b:1::/48"), 0),  # NAT64 of one's own network, in its usual /96 form
    (IPv6Network("2002::/16"), 80),  # 6to4
    (IPv6Network("::/96"), 0),  # compatible, long gone
)


def reach(address: str) -> Reach:
    """The kind of one address literal; what is none is NEVER."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return Reach.NEVER
    if parsed in METADATA:
        return Reach.NEVER
    return _v4(parsed) if isinstance(parsed, IPv4Address) else _v6(parsed)


def _v4(address: IPv4Address) -> Reach:
    if address in LOOPBACK_V4:
        return Reach.LOOPBACK
    if any(address in network for network in INSIDE_V4):
        return Reach.INSIDE
    return Reach.NEVER if any(address in network for network in SPECIAL_V4) else Reach.PUBLIC


def _v6(address: IPv6Address) -> Reach:
    if address == IPv6Address("::1"):
        return Reach.LOOPBACK
    for carrier, behind in CARRIERS:
        if address in carrier:
            return _carried(IPv4Address((int(address) >> behind) & 0xFFFFFFFF))
    if any(address in network for network in INSIDE_V6):
        return Reach.INSIDE
    special = address not in PUBLIC_V6 or any(address in network for network in SPECIAL_V6)
    return Reach.NEVER if special else Reach.PUBLIC


def _carried(address: IPv4Address) -> Reach:
    """An IPv4 address in disguise is never public: one's own network decides who translates it, and to where."""
    kind = reach(str(address))
    return Reach.INSIDE if kind in (Reach.PUBLIC, Reach.INSIDE) else Reach.NEVER
