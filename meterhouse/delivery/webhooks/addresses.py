"""Which addresses webhooks may go to: none that only this network can reach (S-75).

Whoever may name an endpoint must not reach what stands behind the firewall with it. A table of our
own, after the registries of special-purpose addresses: Python's `is_global` misses some.
"""

import os
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from meterhouse.delivery.errors import DeliveryError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
ALLOWED = "METERHOUSE_WEBHOOK_ALLOW"

SPECIAL: dict[str, str] = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "shared by carriers (CGNAT)",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private",
    "192.175.48.0/24": "AS112",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    # Of IPv6 only 2000::/3 is given out; what is special inside it follows.
    "::/3": "loopback, IPv4-mapped or NAT64",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "AS112",
    "3fff::/20": "documentation",
    "4000::/2": "not given out",
    "8000::/1": "private, link-local, multicast or not given out",
}
_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), what) for network, what in SPECIAL.items()
)


def allowed_networks() -> tuple[Network, ...]:
    """What METERHOUSE_WEBHOOK_ALLOW names besides, with commas between: 10.1.0.0/16,fd00::/8.

    Raises DeliveryError if it is no list of networks.
    """
    texts = [text.strip() for text in os.environ.get(ALLOWED, "").split(",")]
    try:
        return tuple(ip_network(text) for text in texts if text)
    except ValueError as error:
        raise DeliveryError(
            f"{ALLOWED}: {error}. Write networks with commas between, such as 10.1.0.0/16; nothing "
            "was sent."
        ) from error


def refusal(address: str, allowed: Sequence[Network] = ()) -> str | None:
    """Why nothing is sent to an address, None if it may be.

    An IPv4 address inside an IPv6 one counts as what it is written as: allow it as ::ffff:0:0/96.
    """
    try:
        found: Address = ip_address(address.split("%", maxsplit=1)[0])
    except ValueError:
        return f"{address} is no address"
    if any(found.version == network.version and found in network for network in allowed):
        return None
    for network, what in _SPECIAL:
        if found.version == network.version and found in network:
            return f"{address} is in {network} ({what})"
    return None
