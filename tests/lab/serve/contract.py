"""Check requests and answers against the vendor's OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import unquote

from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.paths.exceptions import PathNotFound
from werkzeug.datastructures import Headers, ImmutableMultiDict

from lab.serve.exchange import Answer, Request

LONGEST = 20  # elements of a list that are looked at: an answer of 10,000 hits would take a minute


@dataclass(frozen=True, slots=True)
class Contract:
    """A vendor's document, loaded; `cutting` names parameters that cut an answer down, which is not judged then.

    `address` judges the head of a request, without its body, and remembers what it said: most requests differ in their
    bodies only, and reading parameters by such a document takes longer than all that an answer needs besides.
    """

    document: OpenAPI
    cutting: frozenset[str]
    address: Callable[[str, str, _Query], str | None]

    def broken_by(self, request: Request, answer: Answer) -> str:
        """Say how an exchange breaks the document; "" where it keeps it or the path is not in it.

        A refused request may well be broken: then nobody was harmed, and only answers of 2xx are looked at. Bodies of
        lines are not: the documents speak of JSON.
        """
        if not 200 <= answer.status < 300 or "ndjson" in request.headers.get("content-type", ""):
            return ""
        head = self.address(request.method, request.path, tuple(sorted(request.query.items())))
        if head is None or head:
            return head or ""
        asked = _Asked(request.method, request.path, request.query, _sent(request))
        try:
            self.document.validate_request(asked)
            if not self.cutting & set(request.query):
                self.document.validate_response(asked, _Answered(answer))
        except PathNotFound:
            return ""
        except OpenAPIError as broken:
            return _words(broken)
        return ""


def load_contract(
    path: Path, *, shorthands: Mapping[str, Mapping[str, Any]] = MappingProxyType({}), cutting: Iterable[str] = ()
) -> Contract:
    """Load an OpenAPI 3 document, made readable where the vendor writes what no value could satisfy.

    Every `oneOf` is read as `anyOf`: unions have overlapping types (a number is "one of number, number"). An object
    without members is any value. Defaults are left out and the document itself is not checked: some break their own
    types. `shorthands` gives schemas a second form, which some vendors document in words only.
    """
    document = _readable(json.loads(path.read_text()))
    schemas = document["components"]["schemas"]
    for name, other in shorthands.items():
        schemas[name] = {"anyOf": [schemas[name], dict(other)]}
    kind: Any = OpenAPI.from_dict(document, config=_judged_by()).request_validator_cls
    head, body = (_judged_by(type(part.__name__, (part, kind), {})) for part in (_Head, _Body))
    address = lru_cache(maxsize=4096)(partial(_address, OpenAPI.from_dict(document, config=head)))
    return Contract(OpenAPI.from_dict(document, config=body), frozenset(cutting), address)


_Query: TypeAlias = tuple[tuple[str, str], ...]


def _judged_by(requests: Any = None) -> Config:
    unchecked: Any = None  # documented to be "no check"
    return Config(spec_validator_cls=unchecked, **({"request_validator_cls": requests} if requests else {}))


class _Head:
    """The part of openapi-core's judge of requests that looks at no body."""

    def _get_body(self, *_: Any) -> None:
        return None


class _Body:
    """The part that looks at nothing else."""

    def _get_security(self, *_: Any) -> None:
        return None

    def _get_parameters(self, *_: Any) -> None:
        return None


def _address(document: OpenAPI, method: str, path: str, query: _Query) -> str | None:
    """Say how the head of a request breaks the document; None where its path is not in it."""
    try:
        document.validate_request(_Asked(method, path, dict(query), None))
    except PathNotFound:
        return None
    except OpenAPIError as broken:
        return _words(broken)
    return ""


class _Asked:
    """A request as openapi-core reads it."""

    def __init__(self, method: str, path: str, query: Mapping[str, str], body: bytes | None) -> None:
        self.host_url = ""
        self.path = unquote(path)
        self.method = method.lower()
        self.body = body
        self.content_type = "application/json"
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(), cookie=ImmutableMultiDict(), path={}
        )


class _Answered:
    """An answer as openapi-core reads it; long lists are looked at by their first elements."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content_type = "application/json"
        self.headers = Headers()
        self.data = json.dumps(_shortened(answer.body)).encode()


def _sent(request: Request) -> bytes | None:
    return json.dumps(_shortened(json.loads(request.body))).encode() if request.body else None


def _shortened(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _shortened(inner) for name, inner in value.items()}
    return [_shortened(inner) for inner in value[:LONGEST]] if isinstance(value, list) else value


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("type") == "object" and not {"properties", "additionalProperties", "allOf"} & set(value):
            return {}
        rules = {name: inner for name, inner in value.items() if name != "default" or isinstance(inner, dict)}
        return {"anyOf" if name == "oneOf" else name: _readable(inner) for name, inner in rules.items()}
    return [_readable(inner) for inner in value] if isinstance(value, list) else value


def _words(broken: BaseException) -> str:
    """Write an error with what caused it, whose messages say more than its own."""
    cause = broken.__cause__
    errors = getattr(cause, "schema_errors", ())
    said = "; ".join(f"{'/'.join(map(str, one.absolute_path))}: {one.message}"[:300] for one in errors)
    return f"{broken}: {said or cause}" if cause else str(broken)
