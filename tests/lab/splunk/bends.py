"""What a script can make of a search.

Bends (words of the lab's script), on the request that makes a job: `auto_finalized` (name: disk or time; half of the events
are missing, and isFinalized and a message say so), `peer_lost` (name: the peer, "" the first), `queued` (amount: seconds
it waits), `slow` (amount: seconds it runs), `capped` (amount: rows it keeps), `several_messages`, `zombie`, `failed`.
On one that reads: `preview` (half of the rows, marked), `short_page` (amount: rows fewer than there are, 1 unless said),
`dropped_stream` (export ends after `amount` rows, and looks like its end). On any: `lost_job` (the user's jobs are gone, as
after a crash), `expired_token`, `revoked`.
"""

from __future__ import annotations

from typing import Final

from lab.splunk.errors import Message

BENDS: Final = frozenset(
    {"auto_finalized", "peer_lost", "queued", "slow", "capped", "several_messages", "zombie", "failed"}
    | {"preview", "short_page", "dropped_stream", "lost_job", "expired_token", "revoked"}
)
SEVERAL: Final = (
    Message("INFO", "Your timerange was substituted based on your search string"),
    Message("WARN", "The search processes on some peers took long; results may be late."),
    Message("ERROR", "Search results might be incomplete: the search process on a peer ended prematurely."),
    Message("INFO", "Some configuration was reloaded while the search ran."),
)
