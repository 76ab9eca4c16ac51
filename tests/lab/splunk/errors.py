"""Splunk's errors in their own shape, XML or JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

import orjson

from lab.serve.exchange import Answer


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a job or an answer: DEBUG, INFO, WARN, ERROR or FATAL."""

    type: str
    text: str

    @property
    def plain(self) -> dict[str, str]:
        return {"type": self.type, "text": self.text}


class Failed(Exception):
    """Splunk answers with an error."""

    def __init__(self, status: int, text: str, *, kind: str = "ERROR") -> None:
        super().__init__(text)
        self.status, self.message = status, Message(kind, text)


class Unbuilt(Exception):
    """The stand-in does not run this: a defect of the lab for whoever needs it, never an answer of the platform."""


def messages_answer(
    status: int, messages: Iterable[Message], mode: str, headers: Mapping[str, str] | None = None
) -> Answer:
    """Write messages alone, as errors and control actions are answered."""
    told = tuple(messages)
    if mode == "json":
        body = orjson.dumps({"messages": [one.plain for one in told]})
        return Answer(status, body, {**(headers or {}), "Content-Type": "application/json; charset=UTF-8"})
    inner = "".join(f"    <msg type={quoteattr(one.type)}>{escape(one.text)}</msg>\n" for one in told)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<response>\n  <messages>\n{inner}  </messages>\n</response>\n'
    return Answer(status, text.encode(), {**(headers or {}), "Content-Type": "text/xml; charset=UTF-8"})


def unknown_sid() -> Failed:
    return Failed(404, "Unknown sid.", kind="FATAL")


def unsupported(*names: str) -> Failed:
    """Refuse an argument the handler does not know (seen)."""
    return Failed(400, f'Argument "{min(names)}" is not supported by this handler.')


def forbidden(capability: str) -> Failed:
    """Refuse for want of a capability (words from memory)."""
    return Failed(403, f"You do not have permission to perform this operation (requires capability: {capability}).")
