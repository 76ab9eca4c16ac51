"""A workspace with watchlists for laws, asked as a deployer asks it, and its lists as a query sees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.sentinel.settings import DEPLOYER, HUNTER, Application, SentinelSettings
from lab.serve.faults import Fault
from lab_tests.sentinel.ruled import Ruled
from lab_tests.sentinel.served import Reply, workspace

LISTS = "/providers/Microsoft.SecurityInsights/watchlists"
ALIAS = "huntline-hosts"
MARK = "huntline:one"
HOSTS = "Host,Why\nWS-1,seen\nWS-2,guessed\n"
AT_ONCE: dict[str, Any] = {"list_seconds": 0.0, "item_seconds": 0.0, "ingest_seconds": 0.0, "forget_seconds": 0.0}


def hosts(raw: str | None = HOSTS, etag: str | None = None, **properties: Any) -> dict[str, Any]:
    """Return the body of a watchlist; a property that is None is left out."""
    whole: dict[str, Any] = {
        "displayName": "Hosts",
        "itemsSearchKey": "Host",
        "provider": "Huntline",
        "source": "hosts.csv",
        "labels": [MARK],
        "rawContent": raw,
        "contentType": None if raw is None else "text/csv",
    }
    said = {name: value for name, value in {**whole, **properties}.items() if value is not None}
    return {"properties": said, **({} if etag is None else {"etag": etag})}


@dataclass(frozen=True, slots=True)
class Listed:
    """A running workspace whose watchlists are asked for by one application, with one token."""

    arm: Ruled

    def put(self, body: Any, alias: str = ALIAS) -> Reply:
        return self.arm.arm("PUT", f"{LISTS}/{alias}", body)

    def get(self, alias: str = ALIAS) -> Reply:
        return self.arm.arm("GET", f"{LISTS}/{alias}")

    def delete(self, alias: str = ALIAS) -> Reply:
        return self.arm.arm("DELETE", f"{LISTS}/{alias}")

    def all(self) -> list[dict[str, Any]]:
        return self.arm.pages(LISTS)

    def items(self, alias: str = ALIAS) -> list[dict[str, Any]]:
        return self.arm.pages(f"{LISTS}/{alias}/watchlistItems")

    def item(self, method: str, item_id: str, body: Any = None) -> Reply:
        return self.arm.arm(method, f"{LISTS}/{ALIAS}/watchlistItems/{item_id}", body)

    def states(self, count: int) -> list[str]:
        """Return the provisioning state of so many looks, one after another."""
        return [self.get().body["properties"]["provisioningState"] for _ in range(count)]

    def values(self) -> list[str]:
        """Return the search keys of the items there are by now."""
        return [one["properties"]["itemsKeyValue"]["Host"] for one in self.items()]

    def queried(self, alias: str = ALIAS) -> list[str]:
        """Return the search keys that a query sees, sorted."""
        (table,) = self.arm.asked.kql(f"_GetWatchlist('{alias}') | project SearchKey").tables
        return sorted(row["SearchKey"] for row in table.rows)


@contextmanager
def listed(
    folder: Path, *faults: Fault, application: Application = DEPLOYER, fill: Any = None, **said: Any
) -> Iterator[Listed]:
    """Serve a small workspace without watchlists, where everything is done at once unless `said` says otherwise."""
    settings = SentinelSettings(applications=(application, HUNTER), **{**AT_ONCE, **said})
    with workspace(folder, fill, settings, *faults) as asked:
        yield Listed(Ruled(asked, application))
