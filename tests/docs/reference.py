"""Tables of docs/ that follow from declarations: the price book, the marts, the metrics."""

from collections.abc import Iterator

import yaml

from meterhouse.common.settings import DBT_PROJECT
from meterhouse.price_book.columns import Column
from meterhouse.price_book.package_tables import PACKAGE_TABLES
from meterhouse.price_book.recurring_grants import RECURRING_TABLES
from meterhouse.price_book.schema import TABLES


def price_book_and_marts() -> str:
    """Every column of the price book, then every column of the marts."""
    return f"{price_book_columns()}\n{mart_columns()}"


def price_book_columns() -> str:
    """One table for all files of the price book, from what reading them checks."""
    lines = [
        "## Every column of the price book",
        "",
        "`*` = required; *key*: the columns that name one row.",
        "",
        "| file | key | columns |",
        "|---|---|---|",
    ]
    for name, table in {**TABLES, **RECURRING_TABLES, **PACKAGE_TABLES}.items():
        key = ", ".join(f"`{column}`" for column in table.key)
        columns = ", ".join(_column(column) for column in table.columns)
        lines.append(f"| `{name}.csv` | {key} | {columns} |")
    return "\n".join([*lines, ""])


def _column(column: Column) -> str:
    """A column with what a person must know to fill it in."""
    text = f"`{column.name}{'*' if column.required and column.default is None else ''}`"
    facts = [" ".join(f"`{choice}`" for choice in column.choices)] if column.choices else []
    facts += [f"default `{column.default}`"] if column.default is not None else []
    if column.references and column.references.split(".")[1] != column.name:
        facts.append(f"a `{column.references}`")
    return f"{text} ({'; '.join(facts)})" if facts else text


def mart_columns() -> str:
    """One table for each mart, from the contracts in the YAML of the models."""
    lines = ["## Every column of the marts", ""]
    for mart in sorted(_models("marts"), key=lambda mart: mart["name"]):
        lines += [f"### `{mart['name']}`", "", " ".join(mart["description"].split()), ""]
        lines += ["| column | type | meaning |", "|---|---|---|"]
        for column in mart["columns"]:
            meaning = " ".join(str(column.get("description", "")).split()).replace("|", "\\|")
            lines.append(f"| `{column['name']}` | {column['data_type']} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


def metrics() -> str:
    """The shipped metrics by name and version, from their YAML."""
    lines = [
        "| metric | version | events | group keys | rolls up from days | quantity |",
        "|---|---|---|---|---|---|",
    ]
    for metric in sorted(_models("metrics"), key=lambda metric: metric["name"]):
        for version in metric.get("versions", [{"v": 1}]):
            meta = metric["config"]["meta"] | version.get("config", {}).get("meta", {})
            rollup = meta.get("rollup") or meta.get("aggregation")
            text = " ".join(version.get("description", metric["description"]).split())
            lines.append(
                f"| `{metric['name']}` | {version['v']} | {_listed(meta['event_types'])} | "
                f"{_listed(meta['group_keys'])} | {f'`{rollup}`' if rollup else 'no'} | {text} |"
            )
    return "\n".join([*lines, ""])


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _models(folder: str) -> Iterator[dict]:
    for path in sorted((DBT_PROJECT / "models" / folder).rglob("*__models.yml")):
        yield from yaml.safe_load(path.read_text("utf-8"))["models"]
