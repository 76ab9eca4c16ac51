"""Macros are put in before anything is read (help.splunk.com: Use search macros in searches; macros.conf)."""

from __future__ import annotations

import pytest

from lab.spl import Macro, SplError, parse

MACROS: dict[str, Macro | str] = {
    "sysmon": "(index=main OR index=edr)",
    "both": "`sysmon` source=x",
    "at_least(2)": Macro('$field$>=$number$ note="$field$"', ("field", "number")),
    "newest": "| sort - _time | head 1",
    "loop": "`loop`",
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("`sysmon` a=1", "(index=main OR index=edr) a=1"),
        ("`both`", "(index=main OR index=edr) source=x"),
        ("`at_least(f, 3)`", 'f>=3 note="f"'),
        ("`at_least(number=3, field=f)`", 'f>=3 note="f"'),
        ('`at_least("f", "3")`', 'f>=3 note="f"'),
        ("a=1 `newest`", "a=1 | sort - _time | head 1"),
        ("a=1 ```what this is for | head 1``` b=2", "a=1 b=2"),
        ("| tstats count where `sysmon` by index", "| tstats count where (index=main OR index=edr) by index"),
    ],
)
def test_a_macro_reads_as_its_definition(written: str, read: str) -> None:
    assert parse(read) == parse(written, macros=MACROS)


def test_backticks_in_quotation_marks_are_text() -> None:
    """A PowerShell command line may hold them."""
    assert parse('f="a`sysmon`b"') == parse('f="a`sysmon`b"', macros=MACROS)


@pytest.mark.parametrize(
    "written", ["`unknown`", "`at_least(f)`", "`sysmon(1)`", "`loop`", "`at_least(f,)`", "`a b`", "`sysmon"]
)
def test_a_macro_that_cannot_be_put_in_is_refused(written: str) -> None:
    with pytest.raises(SplError):
        parse(written, macros=MACROS)


def test_a_macro_in_another_count_of_arguments_is_another_macro() -> None:
    macros: dict[str, Macro | str] = {"m(1)": Macro("a=$x$", ("x",)), "m(2)": Macro("a=$x$ b=$y$", ("x", "y"))}

    assert parse("a=1 b=2") == parse("`m(1, 2)`", macros=macros)
