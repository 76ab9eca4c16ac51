"""Laws of the contract: what breaks the vendor's specification is answered by 500 and kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.elastic.app import ElasticLab
from lab.elastic.contract import SPECIFICATION, vendor_contract
from lab.elastic.settings import HUNTER
from lab.serve.exchange import Answer, Request
from lab.serve.server import serve
from lab_tests.elastic.served import STREAM, small
from lab_tests.serve.echo import ask

BESIDE = pytest.mark.skipif(not SPECIFICATION.is_file(), reason="the vendor's specification is not beside the project")
KEY = f"ApiKey {HUNTER.encoded}"


class Careless(ElasticLab):
    """A stand-in that forgets what the specification requires."""

    def answer(self, request: Request) -> Answer:
        whole = super().answer(request)
        return Answer(
            whole.status, {name: value for name, value in whole.body.items() if name != "hits"}, whole.headers
        )


@BESIDE
def test_an_answer_that_breaks_the_specification_is_kept(tmp_path: Path) -> None:
    """Else the lab's own slips would teach the hunter."""
    with serve(Careless(small()), tmp_path, contract=vendor_contract()) as running:
        body = json.dumps({"query": "any where true"}).encode()
        status = ask(running, f"/{STREAM}/_eql/search", method="POST", body=body, Authorization=KEY)[0]
        violations = running.journal.violations()

    assert 500 == status
    assert ["'hits' is a required property"] == [one[-29:] for one in violations]


@BESIDE
def test_a_request_that_breaks_the_specification_is_kept(tmp_path: Path) -> None:
    """A hunter's slip that this server happens to take must not pass."""
    with serve(ElasticLab(small()), tmp_path, contract=vendor_contract()) as running:
        body = json.dumps({"query": "any where true", "size": "5"}).encode()
        status = ask(running, f"/{STREAM}/_eql/search", method="POST", body=body, Authorization=KEY)[0]
        violations = running.journal.violations()

    assert (500, 1) == (status, len(violations))
    assert "'5' is not of type 'number'" in violations[0]


@BESIDE
def test_a_path_outside_the_specification_is_not_judged(tmp_path: Path) -> None:
    """The subset at hand lacks ILM, remotes and the root."""
    with serve(ElasticLab(small()), tmp_path, contract=vendor_contract()) as running:
        assert 200 == ask(running, f"/{STREAM}/_ilm/explain", Authorization=KEY)[0]
