"""Exit codes, stable: scripts and schedulers rely on them."""

NOTHING = 0  # everything asked for was searched, no hits
FAILED = 1  # a platform, the ledger or Huntline itself failed
USAGE = 2  # the call or a file of the user's is wrong
NEW_HITS = 3  # hits that no earlier hunt had found
HITS = 4  # hits, none of them new
CHANGES = 3  # a plan has something to write; drift was found
INCOMPLETE = 5  # no hits, but something could not be searched
INTERRUPTED = 130
