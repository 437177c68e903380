"""Regular expressions (RE2) for ordinary lines: strict JSON (RFC 8259) of a flat event.

A line that matches PLAIN_LINE is valid JSON beyond doubt: no NaN, comments, trailing commas, bare
control characters, NUL or lone surrogates, which DuckDB's own parser would let pass. Its top-level
keys are those of an event (perhaps twice), its required fields are strings, its properties are flat
and its numbers are those that DuckDB prints in the canonical text of S-15.
"""

SPACE = r"[ \t\r\n]*"
_HEX = "[0-9a-fA-F]"
# Any escaped code point but NUL, and surrogates only in pairs.
_UNICODE_ESCAPE = (
    rf"u(?:000[1-9a-fA-F]|00[1-9a-fA-F]{_HEX}|0[1-9a-fA-F]{_HEX}{{2}}|[1-9a-cefA-CEF]{_HEX}{{3}}"
    rf"|[dD][0-7]{_HEX}{{2}}|[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}})"
)
STRING = rf'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|{_UNICODE_ESCAPE}))*"'

# At most 15 digits (S-10), no exponent, not -0, and nothing between 0 and 0.0001.
_DECIMALS = "|".join(
    rf"-?[1-9][0-9]{{0,{whole - 1}}}\.[0-9]{{1,{15 - whole}}}" for whole in range(1, 15)
)
_NUMBER = rf"(?:-?[1-9][0-9]{{0,14}}|0|{_DECIMALS}|0\.0{{1,14}}|-?0\.0{{0,3}}[1-9][0-9]{{0,10}})"
# A value that is neither text nor nested.
BARE = rf"(?:{_NUMBER}|true|false|null)"
_PROPERTY = rf"{STRING}{SPACE}:{SPACE}(?:{STRING}|{BARE}){SPACE}"
_OBJECT = rf"\{{{SPACE}(?:{_PROPERTY}(?:,{SPACE}{_PROPERTY})*)?\}}"

_FIELD = (
    rf'(?:"(?:transaction_id|customer_id|event_type|timestamp)"{SPACE}:{SPACE}{STRING}'
    rf'|"properties"{SPACE}:{SPACE}(?:null|{_OBJECT})){SPACE}'
)
PLAIN_LINE = rf"{SPACE}\{{{SPACE}{_FIELD}(?:,{SPACE}{_FIELD})*\}}{SPACE}"

# A flat object by itself, as a column of a file has it.
PLAIN_OBJECT = rf"{SPACE}{_OBJECT}{SPACE}"

# What follows the key "properties" in such a line.
PLAIN_PROPERTIES = rf"^{SPACE}:{SPACE}(?:null|{_OBJECT})"

# RFC 3339. No hour 24, no leap second; the day of the month is left to the calendar.
RFC_3339 = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# How nearly all are sent: in UTC, and DuckDB reads them as they are.
UTC_INSTANT = (
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    r"(?:Z|[+-]00:00)"
)
