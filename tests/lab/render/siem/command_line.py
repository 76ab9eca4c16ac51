"""A Windows command line as the list of arguments ECS keeps beside it."""

from __future__ import annotations

import re


def arguments(command: str) -> list[str]:
    """Split at spaces outside quotes and drop the quotes; a backslash before a quote is not treated as Windows does."""
    return [word.replace('"', "") for word in re.findall(r'(?:"[^"]*"?|[^\s"])+', command)]
