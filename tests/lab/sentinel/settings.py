"""What a stand-in is set to: identities, roles and limits. Every default is the real platform's, however unkind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from lab.sentinel.roles import READER, SENTINEL_CONTRIBUTOR, Role

MANAGEMENT: Final = frozenset({"https://management.azure.com", "https://management.core.windows.net"})
LOGS: Final = frozenset({"https://api.loganalytics.io", "https://api.loganalytics.azure.com"})


@dataclass(frozen=True, slots=True)
class Application:
    """Who may ask: an app registration or a managed identity, known by a secret, a certificate or another's assertion.

    `certificate` is PEM. `trusts` is the public key (PEM) of a foreign issuer whose assertions for `subject` are taken.
    `expired` says so of its secret or certificate, `revoked` that it was disabled after tokens were given out.
    `denied` names tables it may not read. `delegated` is a principal of another tenant, through Lighthouse.
    """

    id: str
    secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    trusts: str = field(default="", repr=False)
    subject: str = ""
    role: Role = READER
    denied: frozenset[str] = frozenset()
    expired: bool = False
    revoked: bool = False
    delegated: bool = False


HUNTER: Final = Application("5a0e4c1d-6f57-4b8e-9a35-2f2d7c1b8e10", "lab-hunter-secret-5d0f1c")
DEPLOYER: Final = Application(
    "8c2f6b07-1d94-4e3a-b0c5-7e9a41d2f563", "lab-deployer-secret-90b7e2", role=SENTINEL_CONTRIBUTOR
)


@dataclass(frozen=True, slots=True)
class SentinelSettings:
    """One workspace of one tenant.

    Queries [M3]: `rows` and `size` (bytes before compression; 64 MB compressed) cap an answer, `wait` and
    `longest_wait` are seconds; `running` and `queued` bound one user's queries, who wait `patience` seconds; `a_window`
    requests in `window` seconds. `query_seconds` is how long each query takes. `at_once` bounds searches of Basic tables
    [M10]. `basic_days` is what they reach back.
    Search jobs [M5]: `job_days` is the widest range, `job_rows` the most rows, `jobs_running`, `jobs_a_day`,
    `result_tables`; a job takes `job_seconds`, or so many looks at it when `job_looks` is set. `gb_a_row` is what a row
    costs to scan (lab). `lag` is the seconds until a write is seen by reads (lab: real ones vary).
    ARM: `reads` and `writes` an hour [M17]; `page` entries to a page (lab: the real list of tables is one page).
    Rules: `lag_reads` reads more see what was there before a write; `enabled_rules` [M13] and `unique_names` [M1] are
    checked; an id is free again `reuse_seconds` after its rule was deleted (seen: about a day); a rule that failed
    `failures` times in a row is disabled (lab: the service does not say how often).
    Watchlists: an upload or a deletion takes `list_seconds`, or so many looks when `list_looks` is set; half of the items come
    `item_seconds` (`item_looks`) later than that (all lab). Queries see what was made `ingest_seconds` and what was deleted
    `forget_seconds` later: five minutes at most (docs). `list_size` bytes, `item_size` characters a line, `list_items` items and
    `list_changes` changes a month are allowed [M13]; `item_page` items to a page (seen). A row whose search key is there
    already, with other values, is `appended` (docs) or has it `replaced` (seen, in a tool of the field).
    `token_seconds` is a token's life, `widest` the bytes a text is cut to (32 KB [M3]).
    """

    tenant: str = "7b1c9c52-3f5e-4e0f-8a44-0d6a1f5c2b90"
    subscription: str = "c0f3d1a4-7c5b-4a63-9a1e-5b1c0f9d7e22"
    group: str = "rg-lab"
    name: str = "law-lab"
    workspace: str = "e1b5f6a0-98d2-4c56-b2b4-7c2f8d9a0c31"
    location: str = "westeurope"
    applications: tuple[Application, ...] = (HUNTER, DEPLOYER)
    identity: Application | None = None  # the machine's own, where it has one
    identity_header: str = field(default="lab-identity-header", repr=False)
    token_seconds: int = 3_599
    rows: int = 500_000
    size: int = 100_000_000
    wait: float = 180.0
    longest_wait: float = 600.0
    running: int = 5
    queued: int = 200
    patience: float = 180.0
    a_window: int = 200
    window: float = 30.0
    query_seconds: float = 0.0
    at_once: int = 2
    basic_days: int = 30
    job_days: int = 366
    job_rows: int = 1_000_000
    jobs_running: int = 5
    jobs_a_day: int = 100
    result_tables: int = 100
    job_seconds: float = 60.0
    job_looks: int | None = None
    gb_a_row: float = 1e-6
    lag: float = 0.0
    reads: int = 12_000
    writes: int = 1_200
    page: int = 1_000
    lag_reads: int = 0
    enabled_rules: int = 512
    unique_names: bool = True
    reuse_seconds: float = 86_400.0
    failures: int = 6
    list_seconds: float = 30.0
    list_looks: int | None = None
    item_seconds: float = 30.0
    item_looks: int = 1
    ingest_seconds: float = 120.0
    forget_seconds: float = 300.0
    list_size: int = 3_800_000
    item_size: int = 10_240
    list_items: int = 10_000_000
    list_changes: int = 100_000
    item_page: int = 100
    same_key: Literal["appended", "replaced"] = "appended"
    widest: int = 32_768

    @property
    def id(self) -> str:
        """Return the workspace's resource id."""
        group = f"/subscriptions/{self.subscription}/resourceGroups/{self.group}"
        return f"{group}/providers/Microsoft.OperationalInsights/workspaces/{self.name}"
