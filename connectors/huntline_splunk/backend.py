"""pySigma's Splunk backend, made right for `search`: conditions that need no other command.

`search` ignores case, knows `*` only, and binds OR before AND, so that everything stands in brackets; `NOT f=v` keeps
events without the field, `f!=v` would not (Search Reference, "search"; Search Manual, "Boolean expressions").
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import cast

from sigma.backends.splunk.splunk import SplunkBackend
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR, ConditionValueExpression
from sigma.conversion.state import ConversionState
from sigma.types import SigmaCIDRExpression, SigmaCompareExpression, SigmaExists, SigmaString, SpecialChars

from huntline_splunk.literals import name, text

Cond = ConditionFieldEqualsValueExpression


class SearchBackend(SplunkBackend):
    """Writes conditions only; the base of the search and all that needs `where` are the language's."""

    parenthesize = True

    def escape_and_quote_field(self, field_name: str) -> str:
        return name(field_name)

    def convert_condition_as_in_expression(self, cond: ConditionOR | ConditionAND, state: ConversionState) -> str:
        values = [cast(SigmaString, cast(Cond, arg).value) for arg in cond.args]
        return _among(cast(Cond, cond.args[0]).field, values)

    def convert_condition_field_eq_val_str(self, cond: Cond, state: ConversionState) -> str:
        return _among(cond.field, [cast(SigmaString, cond.value)])

    def convert_condition_field_eq_val_cidr(self, cond: Cond, state: ConversionState) -> str:
        """Write the network; an IPv4 one also as it looks when it is mapped into IPv6."""
        network = cast(SigmaCIDRExpression, cond.value).network
        field = name(cond.field)
        if isinstance(network, ipaddress.IPv6Network):
            return f'{field}="{network}"'
        mapped = f"::ffff:{network.network_address}/{96 + network.prefixlen}"
        return f'({field}="{network}" OR {field}="{mapped}")'

    def convert_condition_field_eq_val_null(self, cond: Cond, state: ConversionState) -> str:
        return f"NOT {name(cond.field)}=*"

    def convert_condition_field_eq_val_exists(self, cond: Cond, state: ConversionState) -> str:
        return f"{'' if cast(SigmaExists, cond.value) else 'NOT '}{name(cond.field)}=*"

    def convert_condition_field_compare_op_val(self, cond: Cond, state: ConversionState) -> str:
        value = cast(SigmaCompareExpression, cond.value)
        return f"{name(cond.field)}{self.compare_operators[value.op]}{value.number}"

    def convert_condition_val_str(self, cond: ConditionValueExpression, state: ConversionState) -> str:
        """Look for a keyword in the event as it was indexed, anywhere: a bare word would be held against whole terms."""
        star = SpecialChars.WILDCARD_MULTI
        return f"_raw={_quoted([star, *cast(SigmaString, cond.value).s, star])}"


def _among(field: str, values: Sequence[SigmaString]) -> str:
    written = [_quoted(value.s) for value in values]
    return f"{name(field)}={written[0]}" if len(written) == 1 else f"{name(field)} IN ({', '.join(written)})"


def _quoted(parts: Sequence[object]) -> str:
    return text("".join("*" if isinstance(part, SpecialChars) else str(part) for part in parts))
