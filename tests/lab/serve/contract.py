"""Check requests and answers against the vendor's OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
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
    """A vendor's document, loaded; `cutting` names parameters that cut an answer down, which is not judged then."""

    document: OpenAPI
    cutting: frozenset[str]

    def broken_by(self, request: Request, answer: Answer) -> str:
        """Say how an exchange breaks the document; "" where it keeps it or the path is not in it.

        A refused request may well be broken: then nobody was harmed, and only answers of 2xx are looked at. Bodies of
        lines are not: the documents speak of JSON.
        """
        if not 200 <= answer.status < 300 or "ndjson" in request.headers.get("content-type", ""):
            return ""
        asked = _Asked(request)
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
    unchecked = Config(spec_validator_cls=None)  # type: ignore[arg-type]  # documented to be "no check"
    return Contract(OpenAPI.from_dict(document, config=unchecked), frozenset(cutting))


class _Asked:
    """A request as openapi-core reads it."""

    def __init__(self, request: Request) -> None:
        self.host_url = ""
        self.path = unquote(request.path)
        self.method = request.method.lower()
        lines = "ndjson" in request.headers.get("content-type", "")  # a body of many objects, which no path here has
        self.body = request.body if lines else _cut_bytes(request.body)
        self.content_type = "application/json"
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(request.query), header=Headers(), cookie=ImmutableMultiDict(), path={}
        )


class _Answered:
    """An answer as openapi-core reads it; long lists are looked at by their first elements."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content_type = "application/json"
        self.headers = Headers()
        self.data = json.dumps(_shortened(answer.body)).encode()


def _cut_bytes(body: bytes) -> bytes | None:
    return json.dumps(_shortened(json.loads(body))).encode() if body else None


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
