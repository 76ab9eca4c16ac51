"""Which host had an address, and when: what an asset file or a DHCP log knows."""

from __future__ import annotations

from dataclasses import dataclass

from huntline.model.window import Window


@dataclass(frozen=True, slots=True)
class Lease:
    address: str  # canonical text of an IP address
    host: str
    window: Window
