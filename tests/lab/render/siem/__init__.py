"""One file per source of a SIEM: the only place where a labelled Sigma event takes a platform's shape."""
