"""Laws of indicator lists: one list for one key, written whole, found by the rules that read it, and nobody's change lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from huntline.errors import Denied, QueryRejected, Stale, Transient
from huntline.model.artifact import Artifact
from huntline.model.deployed import Deployed
from huntline.model.pack import Json
from huntline.model.paths import flat
from huntline.ports import Deployer
from huntline_elastic.indicators import index_of
from huntline_elastic.plugin import PLATFORM
from huntline_elastic.render import ElasticRenderer
from lab.elastic.documents import Document, index
from lab.kibana.settings import DEPLOYER, OWN, READ
from lab.serve.faults import Bend, Cut, Fault, When
from platforms.elastic.deploying import There, put, served, three

INDEX = "huntline-indicators-default.3cx-2023"
SHA256 = "threat.indicator.file.hash.sha256"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture
def deployer(there: There) -> Deployer:
    return there.connect()


@pytest.fixture(scope="module")
def listed() -> Artifact:
    return three()[0]


def kept(there: There) -> tuple[Document, ...]:
    return next((one.documents for one in there.elastic.store.indices() if one.base == INDEX), ())


def keep(there: There, documents: tuple[Document, ...]) -> None:
    """Put other documents into the index, as a person does."""
    (held,) = (one for one in there.elastic.store.indices() if one.base == INDEX)
    there.elastic.store.hold(index(INDEX, INDEX, held.mapping, documents))


def values(one: Artifact | Deployed) -> dict[str, list[str]]:
    return cast(dict[str, list[str]], (one.body if isinstance(one, Artifact) else one.managed)["values"])


def test_putting_twice_makes_each_document_once(there: There, deployer: Deployer, listed: Artifact) -> None:
    first, second = put(deployer, listed), put(deployer, listed)

    assert first == second == deployer.read("indicators", listed.remote_id)
    assert sum(map(len, values(listed).values())) == len(kept(there)) == 17


def test_a_document_is_an_indicator_of_ecs_with_our_labels(there: There, deployer: Deployer, listed: Artifact) -> None:
    """Found by the list's key, known for ours by the mark, and made of one value."""
    put(deployer, listed, on=True)
    sources = [one.source for one in kept(there)]
    hashes = [[name for name in one if name.startswith("threat.indicator.file.hash.")] for one in sources]

    assert {("enrichment", "indicator", "file")} == {
        (one["event.kind"], one["event.type"], one["threat.indicator.type"]) for one in sources
    }
    assert {(listed.key, str(listed.mark), "on")} == {
        (one["labels.huntline_list"], one["labels.huntline_mark"], one["labels.huntline_state"]) for one in sources
    }
    assert {1} == set(map(len, hashes))


def test_what_is_compared_is_mapped_as_keywords(there: There, deployer: Deployer, listed: Artifact) -> None:
    """By itself Elasticsearch maps a text as text, in which a label would be found by its parts."""
    put(deployer, listed)
    (held,) = (one for one in there.elastic.store.indices() if one.base == INDEX)

    assert {"date", "keyword"} == {field.type for field in held.mapping.values()}
    assert ["ok"] == [one.state for one in deployer.inspect(listed, put(deployer, listed))]


def test_a_value_that_is_wanted_no_more_goes(there: There, deployer: Deployer, listed: Artifact) -> None:
    put(deployer, listed)
    fewer = cast(dict[str, Json], {**values(listed), SHA256: values(listed)[SHA256][:2]})
    after = put(deployer, replace(listed, body={**listed.body, "values": fewer}))

    assert fewer == values(after)
    assert 17 - 6 == len(kept(there))


def test_an_edit_by_hand_is_seen_and_undone(there: There, deployer: Deployer, listed: Artifact) -> None:
    """A document taken out, one put in under our label, and one put in twice."""
    seen = put(deployer, listed)
    first, second, *rest = kept(there)
    added = replace(second, id="by-hand")
    keep(there, (second, added, *rest))
    now = deployer.read("indicators", listed.remote_id)
    assert now is not None

    assert seen.revision != now.revision
    assert {first.source["threat.indicator.name"]} == set(_listed(seen)) - set(_listed(now))
    assert 2 == _listed(now).count(second.source["threat.indicator.name"])
    assert listed.body == put(deployer, listed).managed
    assert {first.id, second.id, *(one.id for one in rest)} == {one.id for one in kept(there)}


def _listed(one: Deployed) -> list[str]:
    return [value for some in values(one).values() for value in some]


def test_what_changed_since_it_was_seen_is_not_written(there: There, deployer: Deployer, listed: Artifact) -> None:
    seen = put(deployer, listed)
    keep(there, kept(there)[1:])
    for write in (
        lambda: deployer.put(listed, seen, on=True, instead={}),
        lambda: deployer.put(listed, None, on=True, instead={}),
        lambda: deployer.retire(seen),
        lambda: deployer.restore(seen, seen),
        lambda: deployer.remove(seen),
    ):
        with pytest.raises(Stale):
            write()


def test_a_retired_list_still_serves_a_rule_that_somebody_switches_on(
    there: There, deployer: Deployer, listed: Artifact
) -> None:
    """An empty list would find nothing, and no run of the rule would say so."""
    before = put(deployer, listed, on=True)
    retired = deployer.retire(before).after
    assert retired.mark is not None

    assert (listed.key, True, "off", True) == (retired.mark.key, retired.mark.retired, retired.state, retired.home)
    assert before.managed == retired.managed
    assert before == deployer.restore(before, retired).after
    assert "" == deployer.remove(before) == deployer.remove(before)
    assert () == kept(there)


def test_a_value_that_was_decided_for_stays(deployer: Deployer, listed: Artifact) -> None:
    mine: Json = ["a" * 64]
    after = deployer.put(listed, None, on=True, instead={f"values.{SHA256}": mine}).after

    assert mine == flat(after.managed)[f"values.{SHA256}"]
    assert listed.mark == after.mark


@pytest.mark.parametrize(("status", "error"), [("429", Transient), ("400", QueryRejected)])
def test_single_documents_that_fail_are_told_and_the_next_write_mends_it(
    there: There, deployer: Deployer, listed: Artifact, status: str, error: type[Exception]
) -> None:
    """A bulk request succeeds as a whole."""
    there.data.faults.add(Fault(Bend("bulk_errors", 2, status), When(path="_bulk")))
    with pytest.raises(error) as caught:
        put(deployer, listed)
    half = len(kept(there))

    assert f"2 of 17 documents were not written: {status}" in str(caught.value)
    assert 15 == half
    assert listed.body == put(deployer, listed).managed


def test_a_connection_cut_after_the_work_doubles_nothing(there: There, deployer: Deployer, listed: Artifact) -> None:
    there.data.faults.add(Fault(Cut("after"), When(path="_bulk")))
    with pytest.raises(Transient):
        put(deployer, listed)
    with pytest.raises(Stale):
        deployer.put(listed, None, on=False, instead={})
    there_now = deployer.read("indicators", listed.remote_id)

    assert there_now is not None
    assert (listed.mark, listed.body) == (there_now.mark, there_now.managed)
    assert 17 == len(kept(there))


def test_without_the_privilege_a_list_is_refused_by_name(tmp_path: Path, listed: Artifact) -> None:
    key = replace(DEPLOYER, id="lab-less", secret="lab-less-secret", grants=(READ, OWN))
    with served(tmp_path, keys=(key,), key=key) as there:
        with pytest.raises(Denied) as caught:
            put(there.connect(), listed)
        found = {one.name: one for one in there.connect().ready()}

    assert INDEX in str(caught.value)
    assert ("warn", True) == (found["privileges for lists"].state, "write on" in found["privileges for lists"].words)


def test_documents_of_other_people_are_no_list_of_ours(there: There, deployer: Deployer, listed: Artifact) -> None:
    put(deployer, listed)
    (first, *_) = kept(there)
    plain: Any = {name: value for name, value in first.source.items() if not name.startswith("labels.")}
    keep(there, (*kept(there), replace(first, id="theirs", source=plain, searchable=plain, sent=plain)))

    assert [listed.remote_id] == [one.remote_id for one in deployer.held("indicators")]
    assert listed.body == put(deployer, listed).managed
    assert "theirs" in {one.id for one in kept(there)}


def test_spaces_of_one_cluster_have_lists_of_their_own(there: There, deployer: Deployer, listed: Artifact) -> None:
    """One that retires and purges its list takes nothing from the rules of the other, which bears the same id."""
    soc = replace(there, space="soc").connect()
    theirs = replace(listed, body={**listed.body, "index": index_of("3cx-2023", "soc")})
    put(deployer, listed)
    retired = soc.retire(put(soc, theirs)).after
    soc.remove(retired)

    assert [listed.remote_id] == [one.remote_id for one in deployer.held("indicators")]
    assert [] == soc.held("indicators")
    assert 17 == len(kept(there))


def test_a_rule_reads_the_list_of_its_space() -> None:
    """Its settings say which."""
    assert PLATFORM.renderer is not None
    made = PLATFORM.renderer({"space": "soc"})

    assert isinstance(made, ElasticRenderer)
    assert "soc" == made.space
