"""Named arguments of stored functions put in their places: `_Im_Dns(endtime=x)` becomes `_Im_Dns(datetime(null), x)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from lab.kql.tokens import Token, closing, listed, tokens

Parameters: TypeAlias = Mapping[str, "Sequence[Token] | None"]


def signature(definition: str) -> tuple[str, Parameters]:
    """Return a stored function's name, and each parameter's default by name, None where it must be given.

    The definition is Kusto's own: `function [with (...)] Name(a:long, b:string="x") { ... }`.
    """
    stream = tokens(definition)
    at = next(i for i, token in enumerate(stream) if token.text == "function") + 1
    if stream[at].text == "with":
        at = closing(stream, at + 1) + 1
    parts = listed(stream[at + 2 : closing(stream, at + 1)])
    return stream[at].text, {part[0].text: _default(part) for part in parts}


def positional(stream: Sequence[Token], signatures: Mapping[str, Parameters]) -> list[Token]:
    """Return the tokens with the named arguments of known functions in declared order, gaps filled by their defaults.

    Raises ValueError for a name that is not declared, or a parameter before a named one that has no value.
    """
    out: list[Token] = []
    at = 0
    while at < len(stream):
        out.append(stream[at])
        at += 1
        if out[-1].text in signatures and at < len(stream) and stream[at].text == "(":
            end = closing(stream, at)
            arguments = [positional(part, signatures) for part in listed(stream[at + 1 : end])]
            out += [stream[at], *_joined(_placed(arguments, signatures[out[-1].text])), stream[end]]
            at = end + 1
    return out


def _default(part: Sequence[Token]) -> Sequence[Token] | None:
    marks = [i for i, token in enumerate(part) if token.text == "="]
    return part[marks[0] + 1 :] if marks else None


def _placed(arguments: Sequence[Sequence[Token]], parameters: Parameters) -> list[Sequence[Token]]:
    named = {part[0].text: part[2:] for part in arguments if len(part) > 2 and part[1].text == "="}
    if not named:
        return list(arguments)
    if strays := sorted(set(named) - set(parameters)):
        raise ValueError(f"no such parameters: {strays}")
    given = dict(zip(parameters, arguments[: len(arguments) - len(named)], strict=False)) | named
    last = max(list(parameters).index(name) for name in named)
    return [_valued(name, given.get(name, parameters[name])) for name in list(parameters)[: last + 1]]


def _valued(name: str, argument: Sequence[Token] | None) -> Sequence[Token]:
    if argument is None:
        raise ValueError(f"no value for parameter {name}")
    return argument


def _joined(arguments: Sequence[Sequence[Token]]) -> list[Token]:
    out: list[Token] = []
    for argument in arguments:
        out += [Token("sign", ",")] if out else []
        out += [replace(argument[0], lead=" " if out else ""), *argument[1:]]
    return out
