"""The YAML of metrics by a schema: every key is one that is known here, everything else is refused.

dbt fills in templates in YAML too, so a text with {{ or {% stands only in the rows of a unit test,
where macros make them up.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.allowed.expressions import expression_problems
from meterhouse.metrics.allowed.functions import SERIES
from meterhouse.metrics.allowed.sequence import HELD
from meterhouse.metrics.allowed.template import OF_TESTS, TemplateRefused, filled
from meterhouse.metrics.allowed.tree import Node, NotOneSelect, parsed, within
from meterhouse.metrics.declaration import FILTER_KEYS, KEYS

Check = Callable[[Any], Iterator[str]]
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
DATA_TYPE = re.compile(
    r"(varchar|date|boolean|integer|bigint|decimal\(\d{1,2}, ?\d{1,2}\))", re.IGNORECASE
)
INPUT = re.compile(r"ref\('(due_window_days|due_windows|events)'\)|source\('lookups', ?'\w+'\)")
RAW = re.compile(r"\{%-?\s*(end)?raw\s*-?%\}")


def yaml_problems(path: Path, is_lookups: bool = False) -> Iterator[str]:
    """What is wrong with a YAML file, each as the rest of a sentence about it."""
    try:
        content = read_yaml(path)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        yield f"is not valid YAML: {error}"
        return
    yield from (LOOKUP_FILE if is_lookups else METRIC_FILE)(content)


def _table(**known: Check) -> Check:
    """A mapping whose keys are known, each with a check of its value."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"has {_shown(value)} where a table of {', '.join(known)} is expected."
            return
        for key, item in value.items():
            if key not in known:
                yield f"has `{key}`, which a metric may not set; known are {', '.join(known)}."
            else:
                for problem in known[key](item):
                    yield problem if problem.startswith("under ") else f"under `{key}` {problem}"

    return check


def _list(of: Check) -> Check:
    def check(value: Any) -> Iterator[str]:
        for item in value if isinstance(value, list) else []:
            yield from of(item)
        if not isinstance(value, list):
            yield f"has {_shown(value)} where a list is expected."

    return check


def _text(value: Any) -> Iterator[str]:
    """A text for people, or a value of a row: dbt may not find a template in it."""
    if isinstance(value, (list, dict)):
        yield f"has {_shown(value)} where a text is expected."
    elif isinstance(value, str) and re.search(r"\{[{%#]", value):
        yield f"has the template {_shown(value)}; only the rows of a unit test call macros."


def _pattern(pattern: re.Pattern[str], what: str) -> Check:
    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield f"has {_shown(value)}, which is no {what}."

    return check


def _whole(value: Any) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        yield f"has {_shown(value)}, which is no version: 1, 2, …"


def _is_flag(value: Any) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"has {_shown(value)}, which is neither true nor false."


def _day(value: Any) -> Iterator[str]:
    if not isinstance(value, date) and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", str(value)):
        yield f"has {_shown(value)}, which is no date."
    yield from _text(value)


def _anything(value: Any) -> Iterator[str]:
    """Data that only Python and the house's macros read, as texts: no template in it."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from _anything(item)
    else:
        yield from _text(value)


def _one_of(*known: str) -> Check:
    def check(value: Any) -> Iterator[str]:
        if value not in known:
            yield f"has {_shown(value)}; a metric may have {', '.join(known)}."

    return check


def _no_day(_: Node) -> bool:
    """Made-up rows have days as far apart as one likes."""
    return False


def _rows(value: Any) -> Iterator[str]:
    """Rows of a unit test: a list of values, or one SELECT that its macros and series make up."""
    if not isinstance(value, str):
        yield from _list(_anything)(value)
        return
    try:
        template = filled(RAW.sub("", value), of_tests=True)
        extra = sorted(template.calls.keys() - set(OF_TESTS))
        if extra:
            raise TemplateRefused(f"calls {', '.join(extra)}; rows are made by {OF_TESTS}.")
        with duckdb.connect() as con:
            tree = parsed(con, template.sql)
    except (TemplateRefused, NotOneSelect) as error:
        yield str(error)
        return
    own = {part["key"].lower() for node in within(tree) for part in _parts(node)} | set(OF_TESTS)
    for node in within(tree):
        if (
            node.get("type") == "BASE_TABLE"
            and node["qualified_name"]["path"][0].lower() not in own
        ):
            yield f"reads {'.'.join(node['qualified_name']['path'])}; rows of a test are made up."
        if node.get("type") == "TABLE_FUNCTION" and node["function"]["function_name"] not in SERIES:
            yield f"reads {node['function']['function_name']}(); rows of a test are made up."
        for part in (*(node.get("select_list") or []), node.get("where_clause")):
            if part:
                yield from expression_problems(part, frozenset(OF_TESTS), _no_day)


def _parts(node: dict[str, Any]) -> list[dict[str, Any]]:
    ctes = node.get("cte_map")
    return ctes["map"] if isinstance(ctes, dict) else []


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) < 60 else text[:57] + "…")


NAMED = _pattern(NAME, "name: letters, digits and underscores")
TYPED = _pattern(DATA_TYPE, "data type: varchar, date, boolean, integer, bigint, decimal(p, s)")
EVENT_TYPE = _pattern(re.compile(r"[^'\"\\{}\x00-\x1f]{1,128}"), "event type")
PROPERTY = _pattern(re.compile(r"[^{}\x00-\x1f]+"), "name of a property")
# The names of two columns that no quantity, group or lookup may be of (S-4).
OWN_NAME = _pattern(
    re.compile(rf"(?!(?i:{'|'.join(sorted(HELD))})$){NAME.pattern}"),
    f"name: letters, digits and underscores, and neither {' nor '.join(sorted(HELD))}",
)
COLUMN = _table(
    name=OWN_NAME, data_type=TYPED, description=_text, data_tests=_list(_one_of("not_null"))
)
ARGUMENTS = _table(group_keys=_list(NAMED), columns=_list(NAMED))
GRAIN = _table(arguments=ARGUMENTS, description=_text)
TESTS = _list(_table(one_row_per_group=GRAIN, unique_grain=GRAIN))
FILTERS = _list(_table(**dict.fromkeys(sorted(FILTER_KEYS), _anything)))
META = _table(
    **{
        **dict.fromkeys(sorted(KEYS), _anything),
        "event_types": _list(EVENT_TYPE),
        "group_keys": _list(OWN_NAME),
        "property_filters": FILTERS,
        "rollup": _text,
        "combine": _text,
        "carry": _table(by=_list(PROPERTY), having=PROPERTY),
        "owner": _text,
        "adds_up": _is_flag,
    }
)
CONFIG = _table(meta=META, tags=_anything, docs=_anything, group=_text)
VERSION = _table(
    v=_whole,
    description=_text,
    config=CONFIG,
    columns=_list(COLUMN),
    data_tests=TESTS,
    deprecation_date=_day,
)
MODEL = _table(
    name=NAMED,
    description=_text,
    config=CONFIG,
    columns=_list(COLUMN),
    data_tests=TESTS,
    versions=_list(VERSION),
    latest_version=_whole,
    deprecation_date=_day,
    docs=_anything,
    group=_text,
    access=_one_of("private", "protected"),
)
GIVEN = _table(
    input=_pattern(INPUT, "input of a metric: ref('due_window_days'), ref('events') or a lookup"),
    format=_one_of("sql", "dict"),
    rows=_rows,
)
UNIT_TEST = _table(
    name=NAMED,
    description=_text,
    model=NAMED,
    versions=_table(include=_list(_whole), exclude=_list(_whole)),
    overrides=_table(macros=_table(declared_meta=META)),
    given=_list(GIVEN),
    expect=_table(rows=_list(_anything), format=_one_of("dict")),
    config=_table(tags=_anything),
)
METRIC_FILE = _table(
    version=_one_of(2),  # type: ignore[arg-type]
    anchors=_list(lambda value: iter(())),
    models=_list(MODEL),
    unit_tests=_list(UNIT_TEST),
)
LOOKUP_TABLE = _table(
    name=NAMED, description=_text, columns=_list(COLUMN), data_tests=TESTS, config=CONFIG
)
LOOKUP_FILE = _table(
    version=_one_of(2),  # type: ignore[arg-type]
    sources=_list(_table(name=_one_of("lookups"), description=_text, tables=_list(LOOKUP_TABLE))),
)
