"""Numbers that stand for no instant: infinity, and years that do not fit beside it.

DuckDB has the largest and the least number for `infinity` and `-infinity`. The driver of PostgreSQL
adds the days from 1970 to 2000 to what the server sends and goes on at the other end of the numbers
where they do not suffice: infinity, and the years from 294,247 on, come as numbers below zero.
"""

_DAYS = 10_957
_MICROSECONDS = _DAYS * 86_400_000_000


def _words(bits: int, shift: int) -> dict[int, str]:
    most = 2 ** (bits - 1) - 1
    return {
        most: "infinity",
        -most: "-infinity",
        shift - most - 2: "infinity",
        shift - most - 1: "-infinity",
    }


# Of days in 32 bits, and of microseconds (or what else) in 64.
INFINITE_DAYS, INFINITE = _words(32, _DAYS), _words(64, _MICROSECONDS)
# Below it PostgreSQL has no instant: it went over the end.
_OVER_THE_END = _MICROSECONDS - 2**63


def true_number(microseconds: int) -> int:
    """Microseconds since 1970 as they were before a driver went over the end of the numbers."""
    return microseconds + 2**64 if microseconds < _OVER_THE_END else microseconds


def text_sql(number: str) -> str:
    """SQL: what microseconds since 1970, typed and beyond the years of RFC 3339, are in words."""
    cases = " ".join(f"when {value} then '{word}'" for value, word in INFINITE.items())
    far = f"({number}::hugeint + {2**64})::varchar || ' us since 1970-01-01'"
    return (
        f"case {number} {cases} else case when {number} < {_OVER_THE_END} then {far} "
        f"else strftime(make_timestamp({number}), '%Y-%m-%dT%H:%M:%S.%fZ') end end"
    )
