"""How a search that came to its end ended: whole only where all that there is was sure to be asked."""

from __future__ import annotations

from typing import TypeAlias

from huntline.model.search import Outcome

Wrong: TypeAlias = tuple[str, str]  # a stable reason and the platform's words


def ended(wrong: Wrong | None, cluster: str) -> Outcome:
    """Return the outcome. `wrong`: what the answer was given without, to be asked again; `cluster`: the remote one asked.

    EQL never says that it skipped a cluster, and one that left and returned meanwhile cannot be told from one that stayed.
    Asking again would say no more, so that is settled: the search is finished, and never clean.
    """
    if wrong:
        return Outcome("partial", settled=False, reason=wrong[0], words=wrong[1])
    if cluster:
        words = (
            f"searched through another cluster, which cannot say that {cluster} was there all the time: "
            "make it a tenant of its own"
        )
        return Outcome("partial", settled=True, reason="remote", words=words)
    return Outcome("whole", settled=True, reason="", words="")
