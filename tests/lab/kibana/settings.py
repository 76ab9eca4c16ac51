"""What the stand-in is set to, and the API keys its laws ask with. Every default is Kibana's, however unkind."""

from __future__ import annotations

from dataclasses import dataclass

from lab.elastic.settings import Application, Grant, Key

KIBANA_OWN = (".alerts-security.alerts-*", ".lists-*", ".items-*")  # what a rule author needs beside the data [E9]
READ = Grant(("*",))
OWN = Grant(KIBANA_OWN, frozenset({"manage", "write", "read", "view_index_metadata"}))
LISTS = Grant(("huntline-*",), frozenset({"all"}))  # indicator lists
AUTHOR = Application(frozenset({"feature_siemV3.all", "feature_actions.read"}))
VIEWER = Application(frozenset({"feature_siemV3.read"}))

DEPLOYER = Key(
    "lab-deployer", "lab-deployer-secret-9a17", (READ, OWN, LISTS), frozenset({"monitor"}), applications=(AUTHOR,)
)
READER = Key("lab-reader", "lab-reader-secret-41c8", (READ,), applications=(VIEWER,))
STRANGER = Key("lab-stranger", "lab-stranger-secret-77d2", (READ,))
PERSON = Key(
    "key-of-ana", "lab-ana-secret-c3d5", (READ,), applications=(AUTHOR,)
)  # made for who edits in a browser [E9]
KEYS = (DEPLOYER, READER, STRANGER, PERSON)


@dataclass(frozen=True, slots=True)
class KibanaSettings:
    """One Kibana.

    `version_demanded` refuses calls without Elastic-Api-Version, as serverless does and others may be set to (source).
    `bulk_ids` is the most ids of a bulk action (source: one page of the rules' table), `window` where paging ends (mem),
    `import_rules` and `import_bytes` bound a file [E10].
    A write shows in `_find` only after `lag` seconds and `lag_requests` further requests; GET shows it at once.
    """

    version: str = "8.19.3"
    spaces: tuple[str, ...] = ("default",)
    version_demanded: bool = True
    bulk_ids: int = 100
    window: int = 10_000
    import_rules: int = 10_000
    import_bytes: int = 10 * 1024 * 1024
    lag: float = 0.0
    lag_requests: int = 0
