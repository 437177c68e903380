"""The functions and types of a metric: deterministic, without state, exact (S-4, S-18)."""

AGGREGATES = frozenset(
    {
        *("count", "count_star", "count_if", "countif", "sum", "min", "max", "bool_and", "bool_or"),
        *("arg_max", "arg_min", "max_by", "min_by", "argmax", "argmin", "bit_and", "bit_or"),
        *("bit_xor", "quantile_disc"),
    }
)
# Which of two rows they take depends on an order, which must then be total.
TAKES_A_ROW = frozenset({"arg_max", "arg_min", "max_by", "min_by", "argmax", "argmin"})
RANKS = frozenset({"rank", "dense_rank", "rank_dense"})
ORDERED = frozenset(
    {"row_number", "lead", "lag", "first_value", "last_value", "nth_value", "ntile"}
)
SERIES = frozenset({"unnest", "range", "generate_series"})
# The clock and its like are written without parentheses: they look like columns.
NOT_COLUMNS = frozenset(
    {
        *("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
        *("current_user", "current_role", "current_catalog", "current_schema", "session_user"),
        *("user", "rowid", "filename", "file_row_number", "file_index", "rownum"),
    }
)
CLOCK_AND_CHANCE = frozenset(
    {
        *("now", "today", "get_current_timestamp", "get_current_time", "transaction_timestamp"),
        *("current_localtime", "current_localtimestamp", "random", "setseed", "uuid", "uuidv4"),
        *("uuidv7", "gen_random_uuid", "txid_current", "age", "nextval", "currval", "hash"),
        *("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"),
    }
)
OPERATORS = frozenset(
    {
        *("+", "-", "*", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "~~~", "&", "|", "<<", ">>"),
        *("->", "->>", "xor"),
    }
)
SCALAR = frozenset(
    {
        # numbers
        *("abs", "sign", "ceil", "ceiling", "floor", "round", "trunc", "least", "greatest", "mod"),
        *("bit_count", "divide", "gcd", "lcm", "nullif", "ifnull", "coalesce", "if"),
        # texts
        *("lower", "upper", "lcase", "ucase", "length", "len", "strlen", "left", "right", "trim"),
        *("ltrim", "rtrim", "substr", "substring", "replace", "concat", "concat_ws", "reverse"),
        *("starts_with", "prefix", "suffix", "ends_with", "contains", "instr", "strpos"),
        *(
            "position",
            "split_part",
            "translate",
            "chr",
            "ascii",
            "unicode",
            "like_escape",
            "ilike_escape",
        ),
        *("not_like_escape", "not_ilike_escape", "regexp_matches", "regexp_full_match"),
        *("regexp_extract", "regexp_replace", "md5", "sha256", "strip_accents", "nfc_normalize"),
        # instants and dates, in UTC
        *("epoch_us", "epoch_ms", "epoch_ns", "date_trunc", "datetrunc", "date_part", "datepart"),
        *("date_diff", "datediff", "date_sub", "datesub", "date_add", "year", "month", "day"),
        *("hour", "minute", "second", "millisecond", "microsecond", "quarter", "week", "isoyear"),
        *("dayofweek", "weekday", "dayofmonth", "dayofyear", "isodow", "weekofyear", "yearweek"),
        *("last_day", "make_date", "make_timestamp", "strftime", "time_bucket", "dayname"),
        *("monthname", "to_years", "to_months", "to_weeks", "to_days", "to_hours", "to_minutes"),
        *("to_seconds", "to_milliseconds", "to_microseconds", "to_quarters"),
        # JSON of the properties, and rows to compare by
        *("json_extract", "json_extract_path", "json_extract_string", "json_extract_path_text"),
        *("json_type", "json_array_length", "json_valid", "json_exists", "json_contains"),
        *("json_keys", "json_value", "row"),
    }
)
KNOWN = AGGREGATES | RANKS | ORDERED | OPERATORS | SCALAR
TYPES = frozenset(
    {
        *("varchar", "text", "string", "char", "bpchar", "boolean", "bool", "logical"),
        *("tinyint", "smallint", "integer", "int", "bigint", "hugeint", "int1", "int2", "int4"),
        *("int8", "int16", "int32", "int64", "int128", "signed", "short", "long"),
        *("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "decimal", "numeric", "dec"),
        *("date", "time", "timestamp", "datetime", "timestamptz", "timestamp with time zone"),
        *("timestamp_s", "timestamp_ms", "timestamp_us", "interval", "json"),
    }
)
# Written out, `interval 1 day` is to_days(trunc(1.0)::integer): a float of constants alone.
FLOATS = frozenset({"double", "float", "real", "float4", "float8", "float32", "float64"})
FLOATING = frozenset(
    {
        *("avg", "mean", "stddev", "stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"),
        *("/", "pow", "power", "**", "^", "sqrt", "cbrt", "ln", "log", "log10", "log2", "exp"),
        *("epoch", "quantile_cont", "quantile", "median", "mad", "fsum", "favg", "kahan_sum"),
    }
)


def refused(name: str) -> str:
    """Why a function is not allowed, and the way out, as the rest of a sentence about a file."""
    if name in CLOCK_AND_CHANCE or name in NOT_COLUMNS:
        return (
            f"uses {name}; the same events must give the same quantity at any time (S-4). "
            "A window has window_start and window_end."
        )
    if name in FLOATING:
        return f"uses {name}, which computes with floating point; use exact_divide() (S-18)."
    return (
        f"uses {name}(), which is none of the functions that a metric may use: they compute from "
        "events alone, always the same (meterhouse/metrics/allowed/functions.py lists them)."
    )
