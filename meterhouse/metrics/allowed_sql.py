"""What a metric may be made of, all in one place: files, templates, YAML and SQL (S-4, S-11, S-18).

A metric runs with the rights of the pipeline, and DuckDB knows no rights inside a database. So what
is not on the lists of meterhouse/metrics/allowed/ is refused before anything runs: first from the
files alone, then from the SQL that dbt makes of them. Files, network and extensions are closed off
at run time as well (meterhouse/dbt/sandbox.py).
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from meterhouse.common.errors import DbtProjectError
from meterhouse.common.settings import DBT_PROJECT
from meterhouse.common.yaml_files import read_yaml
from meterhouse.metrics.allowed.declarations import yaml_problems
from meterhouse.metrics.allowed.files import metric_files
from meterhouse.metrics.allowed.floats import computes_floats, house_database
from meterhouse.metrics.allowed.query import Query
from meterhouse.metrics.allowed.template import (
    MACROS,
    OF_SQL,
    Filled,
    TemplateRefused,
    filled,
)
from meterhouse.metrics.allowed.tree import NotOneSelect, parsed
from meterhouse.metrics.declaration import declaration_problems
from meterhouse.metrics.folders import MetricFolder, metric_folders
from meterhouse.metrics.registry import lookup_columns
from raw_events.common.sql import literal

NOTHING_RAN = "Nothing was run."


def check_metric_sql(dbt_project: Path = DBT_PROJECT) -> None:
    """Raise DbtProjectError with all that a metric's files have and may not have."""
    problems = metric_sql_problems(dbt_project)
    if problems:
        raise DbtProjectError("\n".join([*problems, NOTHING_RAN]))


def metric_sql_problems(dbt_project: Path = DBT_PROJECT) -> list[str]:
    """A sentence for each, with the file's name and the way out. dbt is not started."""
    return [
        problem
        for folder in metric_folders(dbt_project)
        for problem in folder_sql_problems(folder, dbt_project)
    ]


def folder_sql_problems(folder: MetricFolder, dbt_project: Path = DBT_PROJECT) -> list[str]:
    """The same of one folder of metrics, shipped or own."""
    # dbt reads all of the shipped folder, and of the own one what is put beside it.
    files = metric_files(folder.path, None if folder.listed else folder.names())
    found = list(files.problems)
    if found:
        # What else is there may not even be read.
        return found
    if files.lookups:
        found += (f"{files.lookups} {what}" for what in yaml_problems(files.lookups, True))
    for path in files.yaml:
        problems = [f"{path} {what}" for what in yaml_problems(path)]
        found += problems or (f"{path}, {what}" for what in _declarations(path))
    if not found:
        lookups = set(lookup_columns(dbt_project))
        with duckdb.connect() as con:
            for path in files.sql:
                text = path.read_text("utf-8", "replace")
                found += (f"{path} {what}" for what in sql_problems(text, lookups, con))
    return found


def sql_problems(text: str, lookups: set[str], con: duckdb.DuckDBPyConnection) -> list[str]:
    """What is wrong with the text of a metric's file, each as the rest of a sentence about it."""
    try:
        template = filled(text)
        for name in OF_SQL:
            for argument in (one for call in template.calls.get(name, []) for one in call):
                _one_expression(con, argument)
        query = Query(lookups, frozenset(MACROS))
        query.check(parsed(con, template.sql))
    except (TemplateRefused, NotOneSelect) as error:
        return [str(error)]
    return [*dict.fromkeys([*_spelled_out(text, template), *query.problems])]


def compiled_problems(
    compiled: Mapping[Path, str], lookups: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """What is wrong with the SQL that dbt made of metrics' files, which passed the checks above.

    The tables that a macro reads are told from what the file itself could read by their number.
    """
    found: list[str] = []
    with house_database(lookups) as con:
        for path, sql in sorted(compiled.items()):
            template = filled(path.read_text("utf-8"))
            query = Query(set(lookups))
            try:
                query.check(parsed(con, sql))
            except NotOneSelect as error:
                query.problems.append(f"{error} (once dbt has filled it in)")
            called = template.count("billable_events") + template.count("declared_metric")
            if not query.problems and query.events_read != called:
                query.problems.append("reads its events inside a comment or a text.")
            if not query.problems and computes_floats(con, sql):
                query.problems.append(
                    "computes with floating point somewhere, such as `/` or `//` of decimals; use "
                    "decimals and exact_divide() (S-18)."
                )
            found += (f"{path} {what}" for what in dict.fromkeys(query.problems))
    return found


def _one_expression(con: duckdb.DuckDBPyConnection, argument: str) -> None:
    """An argument of a macro stands by itself, wherever the macro puts it."""
    tree = parsed(con, f"select ({argument})")
    if len(tree["select_list"]) != 1 or tree["from_table"]["type"] != "EMPTY":
        raise NotOneSelect(f"gives a macro {literal(argument)}, which is not one expression.")


def _spelled_out(text: str, template: Filled) -> Iterator[str]:
    """`bad_quantities` finds what a metric reads by these calls in the text of its file."""
    for (key,) in template.calls.get("property_number", []):
        if f"property_number('{key}')" not in text and f'property_number("{key}")' not in text:
            yield (
                f"calls property_number for {literal(key)}; write property_number('…') with the "
                "property's name spelled out, so that `bad_quantities` finds what is no number."
            )


def _declarations(path: Path) -> Iterator[str]:
    for model in read_yaml(path).get("models") or []:
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
            text = sql.read_text("utf-8") if sql.is_file() else ""
            if text:
                for what in declaration_problems({**common, **own}, text):
                    yield f"version {version.get('v')}: {what}"
