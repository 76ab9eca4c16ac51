"""Which host had an address at a moment: by the customer's asset file, and by what its endpoints themselves logged."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Literal, TypeAlias

from huntline.model.case import Hit
from huntline.model.lease import Lease

By: TypeAlias = Literal["asset file", "endpoint events"]
NEAR = timedelta(hours=12)
"""How far from an endpoint's own event an address may still be taken for its own: longer, and DHCP may have moved on."""


@dataclass(frozen=True, slots=True)
class AddressBook:
    leases: Mapping[str, Sequence[Lease]]
    sightings: Mapping[str, Mapping[str, Sequence[datetime]]]  # address -> host as logged -> when, in order

    def owners(self, address: str, moment: datetime | None) -> tuple[tuple[str, By], ...]:
        """Return every host, as written, that can have had the address then, sorted; none for an undated moment."""
        if moment is None:
            return ()
        found: set[tuple[str, By]] = set()
        for lease in self.leases.get(address, ()):
            if lease.window.start <= moment < lease.window.end:
                found.add((lease.host, "asset file"))
        for host, times in self.sightings.get(address, {}).items():
            at = bisect_left(times, moment)
            if any(abs(seen - moment) <= NEAR for seen in times[max(at - 1, 0) : at + 1]):
                found.add((host, "endpoint events"))
        return tuple(sorted(found))


def address_book(hits: Iterable[Hit], leases: Iterable[Lease]) -> AddressBook:
    """Gather leases and endpoint events by address. Both are of one customer."""
    of_address: dict[str, list[Lease]] = defaultdict(list)
    for lease in leases:
        of_address[lease.address].append(lease)
    seen: dict[str, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for hit in hits:
        moment, host = hit.happened or hit.time, hit.host.strip()
        if moment and host and not canonical(host) and (own := _own_address(hit)):
            seen[own][host].append(moment)
    sightings = {address: {host: sorted(times) for host, times in hosts.items()} for address, hosts in seen.items()}
    return AddressBook(of_address, sightings)


def canonical(text: str) -> str:
    """Return an address in its one spelling; "" for what is none.

    >>> canonical(" 2001:DB8:0::1 "), canonical("::ffff:10.0.0.9"), canonical("ws-7")
    ('2001:db8::1', '10.0.0.9', '')
    """
    try:
        address = ip_address(text.strip())
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _own_address(hit: Hit) -> str:
    """Return the host's own address by its event; "" for one that every host has."""
    own = canonical(hit.entities.get("own_address", ""))
    found = ip_address(own) if own else None
    return "" if found is None or found.is_loopback or found.is_unspecified or found.is_link_local else own
