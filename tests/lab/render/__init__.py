"""One file per source: the only place where what happened takes a log's shape."""
