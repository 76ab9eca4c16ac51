"""An answer without content is no answer: silence of a proxy must not pass for "nothing found"."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from huntline.errors import Transient
from huntline_elastic.client import Client
from huntline_elastic.coverage import searched
from huntline_elastic.pages import EqlSearch, Terms


class Empty:
    def boil(self, _method: str, _path: str, make: Callable[[Any], Any], **_known: Any) -> Any:
        return make({})


def test_a_search_that_is_answered_by_nothing_is_asked_again() -> None:
    """Elasticsearch says that nothing matched by hits that are empty."""
    search = EqlSearch(cast(Terms, SimpleNamespace()), got={})

    with pytest.raises(Transient):
        search.page(None)
    assert search.got is None


def test_a_count_that_is_answered_by_nothing_is_asked_again() -> None:
    with pytest.raises(Transient):
        searched(cast(Client, Empty()), "logs-*", {"match_all": {}}, {"days": {}}, dict)
