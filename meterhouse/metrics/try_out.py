"""`make metric NAME=… VERSION=…`: builds one metric version on nothing and tests it."""

import sys
import tempfile
from pathlib import Path

from meterhouse.common.errors import DbtProjectError, MeterhouseError, UsageError, user_error
from meterhouse.metrics.allowed_sql import metric_sql_problems
from meterhouse.metrics.failures import in_analysts_words
from meterhouse.metrics.folders import folder_of
from meterhouse.metrics.model_columns import empty_table
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.metrics.rules import metric_problems

# What a metric's model reads, made empty, as the models' YAML declares it.
READ = (("calendar", "due_windows"), ("calendar", "due_window_days"), ("events", "events"))


def try_metric(name: str, version: int) -> list[tuple[str, bool, str]]:
    """(what, worked, message) of the model and each unit test, in an empty data directory.

    Raises UsageError if the version lacks its SQL file, its YAML entry or its line in the list of
    billed versions, DbtProjectError if a rule is broken, the models do not parse or it has no test.
    """
    sql = folder_of(name).path / name / f"{name}_v{version}.sql"
    _check_files(name, version, sql)
    from meterhouse.common.settings import data_directory
    from meterhouse.dbt.invoke import invoke
    from meterhouse.dbt.project import parsed_project
    from meterhouse.warehouse.database import open_warehouse

    project = parsed_project()
    kinds = ("model", "test", "unit_test")
    with tempfile.TemporaryDirectory(prefix="metric-") as folder_name:
        scratch = Path(folder_name)
        with open_warehouse(scratch) as con:
            for schema in ("calendar", "events", "lookups"):
                con.execute(f"create schema {schema}")
            for schema, model in READ:
                con.execute(empty_table(schema, model))
            for lookup, columns in lookup_columns().items():
                typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
                con.execute(f'create table lookups."{lookup}" (price_book varchar, {typed})')
        with data_directory(scratch):
            result = invoke(
                ["build", "--select", f"{name}.v{version}"]
                + [text for kind in kinds for text in ("--resource-type", kind)],
                project.source,
                target=scratch / "target",
                logs=scratch / "logs",
                manifest=project.dbt_manifest,
            )
    results = getattr(result.result, "results", None)
    if results is None:
        raise DbtProjectError(str(result.exception).strip())
    tried = []
    for item in results:
        kind, status = str(item.node.resource_type), str(item.status)
        message = (item.message or "").strip()
        # What `dbt build` by hand begins with: it is no test of the metric.
        if status == "skipped" or (kind == "operation" and status != "error"):
            continue
        if status == "error":
            message = in_analysts_words(message, sql)
        elif kind == "model":
            message = ""
        tried.append((item.node.name, status in ("success", "pass"), message))
    return tried


def _check_files(name: str, version: int, sql: Path) -> None:
    missing = [] if sql.is_file() else [f"the file {sql}"]
    if (name, version) not in metric_group_keys():
        entry = sql.parent / f"_{name}__models.yml"
        missing.append(f"the entry `- v: {version}` in {entry}")
    folder = folder_of(name)
    if folder.listed and (name, version) not in folder.billed():
        missing.append(f"the line `('{name}', {version}),` in {folder.listed}")
    if missing:
        others = sorted(known for metric, known in metric_group_keys() if metric == name)
        raise UsageError(
            f"Metric {name} version {version} lacks {', '.join(missing)}. "
            + (
                f"It has version {' and '.join(map(str, others))}; a further one stands beside"
                " them (docs/analysts.md, Versions)."
                if others
                else f"A new metric begins with: make new-metric NAME={name}"
            )
        )
    problems = [
        problem
        for problem in [*metric_sql_problems(), *metric_problems()]
        if str(sql.parent) in problem
    ]
    if problems:
        raise DbtProjectError("\n".join(problems))


def print_trial(name: str, version: int) -> int:
    """Try a version out and print the results; 0 if all passed, else 1. Raises as try_metric."""
    results = try_metric(name, version)
    for test, passed, message in results:
        print(f"{'passed' if passed else 'FAILED'}  {test}")
        if not passed:
            print(message)
    return 0 if all(passed for _, passed, _ in results) else 1


def main() -> int:
    """`python -m meterhouse.metrics.try_out NAME VERSION`."""
    try:
        if len(sys.argv) != 3 or not sys.argv[1] or not sys.argv[2].isdecimal():
            raise UsageError("Name a metric and its version: make metric NAME=llm_tokens VERSION=2")
        return print_trial(sys.argv[1], int(sys.argv[2]))
    except MeterhouseError as error:
        print(user_error(error), file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
