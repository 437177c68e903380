"""What an analyst's SQL may read: the events that the metric declares and lookup tables, no more.

A metric's file is rendered with stand-ins for the house's macros and parsed by DuckDB, before dbt
starts; nothing of it is run. DuckDB knows no rights inside a database, so reading another schema is
prevented here; files, network and extensions are closed off at run time as well
(meterhouse/dbt/sandbox.py).
"""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import yaml
from jinja2 import TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.metrics.declaration import declaration_problems
from meterhouse.metrics.folders import metric_folders
from meterhouse.metrics.registry import lookup_columns

EVENTS = "billable_events"
# Macros whose argument is a property's name, and those whose arguments are SQL.
OF_PROPERTIES = ("property_text", "property_number", "is_bad_number")
OF_SQL = (
    *("to_quantity", "exact_divide", "exact_weighted_sum", "to_scaled", "from_scaled"),
    *("number_from_text", "to_amount", "to_unit_price", "round_decimals", "rounded_quotient"),
)
SERIES = {"unnest", "range", "generate_series"}
# S-4: the same events give the same bytes; and nothing that tells of, or leaves, the database.
CLOCK_AND_CHANCE = {
    *("now", "today", "current_timestamp", "current_date", "current_time", "localtimestamp"),
    *("localtime", "get_current_timestamp", "get_current_time", "transaction_timestamp"),
    *("random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "txid_current"),
}
MACHINE = {
    *("nextval", "currval", "getvariable", "getenv", "current_setting", "write_log", "version"),
    *("current_query", "current_connection_id", "current_query_id", "current_transaction_id"),
}
ALLOWED_CONFIG = {"meta", "tags", "docs", "group"}
ALLOWED = (
    "a metric reads {{ billable_events() }}, {{ lookup('<name>') }} and its own `with` parts, "
    "and nothing else."
)


def check_metric_sql(dbt_project: Path = DBT_PROJECT) -> None:
    """Raise DbtProjectError with every way out of the sandbox that a metric takes."""
    problems = metric_sql_problems(dbt_project)
    if problems:
        raise DbtProjectError("\n".join([*problems, "Nothing was run."]))


def metric_sql_problems(dbt_project: Path = DBT_PROJECT) -> list[str]:
    """A sentence for each, with the file's name and the way out."""
    found: list[str] = []
    lookups = set(lookup_columns(dbt_project))
    paths = [path for one in metric_folders(dbt_project) for path in sorted(one.path.rglob("*"))]
    with duckdb.connect() as con:
        for path in paths:
            if path.suffix == ".sql":
                found += (f"{path} {what}" for what in _of_sql(path, lookups, con))
            elif path.suffix in (".yml", ".yaml"):
                found += (f"{path}, {what}" for what in _of_yaml(path))
            elif path.suffix == ".py":
                found.append(f"{path} is Python; a metric is SQL, and has no other rights.")
    return found


def rendered(path: Path) -> str:
    """The file's SQL with stand-ins for the macros; ValueError, in words, if it uses another."""
    environment = SandboxedEnvironment(extensions=["jinja2.ext.do"])
    text = path.read_text("utf-8")
    macros = _stand_ins()
    try:
        unknown = meta.find_undeclared_variables(environment.parse(text)) - macros.keys()
        unknown -= {"range"}
        if unknown:
            raise ValueError(
                f"uses {', '.join(sorted(unknown))} of dbt; a metric uses the macros of "
                f"macros/metrics and macros/money alone: {', '.join(sorted(macros))}."
            )
        return environment.from_string(text).render(macros)
    except (TemplateError, TypeError) as error:
        raise ValueError(f"is not a template that dbt can fill in: {error}") from error


def _stand_ins() -> dict[str, object]:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    macros: dict[str, object] = {
        "billable_events": lambda: EVENTS,
        "declared_metric": lambda: f"select contract_id from {EVENTS}",
        "lookup": lambda name: f'lookups."{name}"',
    }
    for name in OF_PROPERTIES:
        macros[name] = lambda key, name=name: f"{name}({quoted(key)})"
    for name in OF_SQL:
        macros[name] = lambda *given, name=name: f"{name}({', '.join(map(str, given))})"
    return macros


def _of_sql(path: Path, lookups: set[str], con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    try:
        sql = rendered(path)
    except ValueError as error:
        yield str(error)
        return
    [(text,)] = con.execute("select json_serialize_sql($1::varchar)", [sql]).fetchall()
    tree = json.loads(text)
    if tree["error"]:
        yield f"is not one `select` that DuckDB can read: {tree['error_message']}"
        return
    if len(tree["statements"]) != 1:
        yield "has more than one statement; a metric is one `select`."
        return
    nodes = list(_nodes(tree))
    own = {entry["key"].lower() for node in nodes for entry in _parts(node)}
    for node in nodes:
        what = _table(node, own, lookups) or _function(node)
        if what:
            yield what


def _table(node: dict, own: set[str], lookups: set[str]) -> str | None:
    kind = node.get("type")
    if kind == "BASE_TABLE":
        catalog, schema, table = (
            node.get(part) or "" for part in ("catalog_name", "schema_name", "table_name")
        )
        name = ".".join(part for part in (catalog, schema, table) if part)
        if not catalog and not schema and (table == EVENTS or table.lower() in own):
            return None
        if not catalog and schema == "lookups":
            if table in lookups:
                return None
            return (
                f"joins lookup('{table}'), which _lookups.yml does not declare; "
                f"there are: {', '.join(sorted(lookups))}."
            )
        return f"reads {name}; {ALLOWED}"
    if kind == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "a function")
        return None if name in SERIES else f"reads {name}(); {ALLOWED}"
    if kind == "SHOW_REF":
        return f"describes tables; {ALLOWED}"
    return None


def _function(node: dict) -> str | None:
    name = node.get("function_name")
    if not name and node.get("class") == "COLUMN_REF":
        # `current_date` and its like are written without parentheses.
        name = node["column_names"][0] if len(node["column_names"]) == 1 else ""
    name = (name or "").lower()
    if name in CLOCK_AND_CHANCE:
        return (
            f"uses {name}; the same events must give the same quantity at any time (S-4). "
            "A window has window_start and window_end."
        )
    if name in MACHINE:
        return f"uses {name}(), which tells of the database, not of events; leave it out."
    return None


def _of_yaml(path: Path) -> Iterator[str]:
    for model in (yaml.safe_load(path.read_text("utf-8")) or {}).get("models") or []:
        for version in model.get("versions") or []:
            sql = path.parent / f"{model.get('name')}_v{version.get('v')}.sql"
            common, own = (
                (part.get("config") or {}).get("meta") or {} for part in (model, version)
            )
            twice = sorted(common.keys() & own.keys())
            if twice:
                # dbt would put two lists one after the other.
                yield (
                    f"version {version.get('v')} declares {', '.join(twice)} for all versions and "
                    "for itself; leave one of them."
                )
            meta = {**common, **own}
            text = sql.read_text("utf-8") if sql.is_file() else ""
            if text:
                for what in declaration_problems(meta, text):
                    yield f"version {version.get('v')}: {what}"
        for part in [model, *(model.get("versions") or [])]:
            extra = sorted((part.get("config") or {}).keys() - ALLOWED_CONFIG)
            if extra:
                yield (
                    f"{model.get('name')} sets {', '.join(extra)} under `config`; how a metric "
                    "is built is the folder's business (dbt_project.yml): only `meta` stands there."
                )


def _parts(node: dict) -> list[dict]:
    """The named parts of a `with`."""
    ctes = node.get("cte_map")
    return ctes["map"] if isinstance(ctes, dict) else []


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from _nodes(item)
