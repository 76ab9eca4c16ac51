"""The address functions duckdb-kql lacks, as SQL macros over its own parse_ipv4 and parse_ipv6.

What they answer is read from MicrosoftDocs/dataexplorer-docs data-explorer/kusto/query/ ipv4-is-in-range-function.md,
ipv4-is-in-any-range-function.md, ipv4-is-match-function.md, ipv4-is-private-function.md, ipv6-is-in-range-function.md,
ipv6-is-match-function.md, has-ipv4-function.md, has-ipv4-prefix-function.md: null where a text is no address, so that
`not()` drops the row too; host bits of a range do not count. Not said there, so our reading: an address in any of several
ranges is null only where the address itself, or every range, is none.
"""

from __future__ import annotations

import duckdb
import duckdb_kql
from duckdb_kql.translate.functions import SCALAR_FUNCTIONS, FunctionSpec

FUNCTIONS = (
    FunctionSpec("ipv4_is_in_range", "udf", "kql_in4({0}, {1})", (2,)),
    FunctionSpec("ipv4_is_in_any_range", "udf", "kql_any4(json_array({}))"),
    FunctionSpec("ipv4_is_match", "udf", "kql_match4(json_array({}))"),
    FunctionSpec("ipv4_is_private", "udf", "kql_private4({0})", (1,)),
    FunctionSpec("ipv6_is_in_range", "udf", "kql_in6({0}, {1})", (2,)),
    FunctionSpec("ipv6_is_in_any_range", "udf", "kql_any6(json_array({}))"),
    FunctionSpec("ipv6_is_match", "udf", "kql_match6(json_array({}))"),
    FunctionSpec("has_ipv4", "udf", "kql_has4({0}, {1})", (2,)),
    FunctionSpec("has_ipv4_prefix", "udf", "kql_has4_prefix({0}, {1})", (2,)),
)
# The registry is the package's public table of what it can call; rows are only added.
SCALAR_FUNCTIONS.update({function.name: function for function in FUNCTIONS})


def asked(query: str) -> bool:
    """Tell whether the query may call one of the functions."""
    return any(function.name in query for function in FUNCTIONS)


def define(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros that the registered functions call, unless they are there. Takes a tenth of a second."""
    for parser, name in (("parse_ipv4", "kql_v4"), ("parse_ipv6", "kql_v6_text")):
        body = duckdb_kql.to_sql(f"print kql_answer = {parser}(kql_text)")
        connection.execute(f"CREATE MACRO IF NOT EXISTS {name}(kql_text) AS ({body})")
    connection.execute(_MACROS)


_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_BEFORE, _AFTER = "(?:^|[^0-9A-Za-z])", "(?:$|[^0-9A-Za-z])"
_OR = "CASE WHEN bool_or(kql_one) THEN TRUE WHEN count(kql_one) > 0 THEN FALSE END"
_MACROS = f"""
CREATE MACRO IF NOT EXISTS kql_base(s) AS trim(split_part(s, '/', 1));
CREATE MACRO IF NOT EXISTS kql_bits(s, whole) AS
    CASE WHEN NOT contains(s, '/') THEN whole
    WHEN regexp_matches(s, '^[^/]*/[0-9]{{1,3}} *$') THEN TRY_CAST(split_part(s, '/', 2) AS INTEGER) END;

-- The arguments as texts, the elements of a dynamic array among them; the first is the address.
CREATE MACRO IF NOT EXISTS kql_texts(d) AS flatten(list_transform(CAST(d AS JSON[]), lambda e:
    CASE WHEN json_type(e) = 'ARRAY' THEN CAST(e AS VARCHAR[]) ELSE [json_extract_string(e, '$')] END));

CREATE MACRO IF NOT EXISTS kql_match4_at(a, b, p) AS
    CASE WHEN kql_v4(a) IS NOT NULL AND kql_v4(b) IS NOT NULL
    THEN kql_v4(kql_base(a) || '/' || p) = kql_v4(kql_base(b) || '/' || p) END;
CREATE MACRO IF NOT EXISTS kql_in4(a, r) AS kql_match4_at(a, r, kql_bits(r, 32));
CREATE MACRO IF NOT EXISTS kql_private4(a) AS
    kql_in4(a, '10.0.0.0/8') OR kql_in4(a, '172.16.0.0/12') OR kql_in4(a, '192.168.0.0/16');
CREATE MACRO IF NOT EXISTS kql_any4_of(t) AS
    (SELECT {_OR} FROM (SELECT kql_in4(t[1], kql_range) AS kql_one FROM (SELECT unnest(t[2:]) AS kql_range)));
CREATE MACRO IF NOT EXISTS kql_any4(d) AS kql_any4_of(kql_texts(d));
CREATE MACRO IF NOT EXISTS kql_match4_of(t) AS
    kql_match4_at(t[1], t[2], least(kql_bits(t[1], 32), kql_bits(t[2], 32), coalesce(TRY_CAST(t[3] AS INTEGER), 32)));
CREATE MACRO IF NOT EXISTS kql_match4(d) AS kql_match4_of(kql_texts(d));

-- An IPv4 address is compared as the IPv6 address that maps it, 96 bits in.
CREATE MACRO IF NOT EXISTS kql_v6(s) AS nullif(kql_v6_text(s), '');
CREATE MACRO IF NOT EXISTS kql_bits6(s) AS
    CASE WHEN contains(s, ':') THEN kql_bits(s, 128) ELSE kql_bits(s, 32) + 96 END;
-- The prefix apart: the parser takes that of ::ffff:10.0.0.0/104 for one of IPv4. One over 128 gives null.
CREATE MACRO IF NOT EXISTS kql_match6_at(a, b, p) AS
    CASE WHEN kql_bits6(a) IS NOT NULL AND kql_bits6(b) IS NOT NULL
    THEN kql_v6(kql_v6(kql_base(a)) || '/' || p) = kql_v6(kql_v6(kql_base(b)) || '/' || p) END;
CREATE MACRO IF NOT EXISTS kql_in6(a, r) AS kql_match6_at(a, r, kql_bits6(r));
CREATE MACRO IF NOT EXISTS kql_any6_of(t) AS
    (SELECT {_OR} FROM (SELECT kql_in6(t[1], kql_range) AS kql_one FROM (SELECT unnest(t[2:]) AS kql_range)));
CREATE MACRO IF NOT EXISTS kql_any6(d) AS kql_any6_of(kql_texts(d));
CREATE MACRO IF NOT EXISTS kql_match6_of(t) AS
    kql_match6_at(t[1], t[2], least(kql_bits6(t[1]), kql_bits6(t[2]), coalesce(TRY_CAST(t[3] AS INTEGER), 128)));
CREATE MACRO IF NOT EXISTS kql_match6(d) AS kql_match6_of(kql_texts(d));

CREATE MACRO IF NOT EXISTS kql_has4(s, a) AS
    kql_v4(a) IS NOT NULL AND NOT contains(a, '/')
    AND regexp_matches(s, '{_BEFORE}' || regexp_escape(a) || '{_AFTER}');
-- One to three octets, each with its dot; what follows in the text must complete an address.
CREATE MACRO IF NOT EXISTS kql_has4_rest(s, p, octets) AS regexp_matches(s,
    '{_BEFORE}' || regexp_escape(p) || '{_OCTET}' || repeat('[.]{_OCTET}', 3 - octets) || '{_AFTER}');
CREATE MACRO IF NOT EXISTS kql_has4_prefix(s, p) AS
    CASE WHEN regexp_matches(p, '^(?:{_OCTET}[.]){{1,3}}$')
    THEN kql_has4_rest(s, p, len(string_split(p, '.')) - 1) ELSE kql_has4(s, p) END;
"""
