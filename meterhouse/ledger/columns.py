"""Columns and their types as Python has them, and the SQL that they give.

A type is a DuckDB type's name, or `[fields]` for a list of structs. What the ledger's columns are
says schema.py.
"""

from typing import Any

from duckdb import DuckDBPyRelation

Fields = dict[str, "str | list[Any]"]


def sql_type(spec: "str | list[Any]") -> str:
    """The DuckDB type of a column's spec: `[fields]` becomes `STRUCT(…)[]`."""
    if isinstance(spec, str):
        return spec
    inner = ", ".join(f'"{name}" {sql_type(field)}' for name, field in spec[0].items())
    return f"STRUCT({inner})[]"


def column_definitions(fields: Fields) -> str:
    """The columns of a `create table`."""
    return ", ".join(f'"{name}" {sql_type(spec)}' for name, spec in fields.items())


def casts(fields: Fields, relation: str) -> str:
    """A select list that takes every field from `relation` by name, in the declared type."""
    return ", ".join(
        f'cast({relation}."{name}" as {sql_type(spec)}) as "{name}"'
        for name, spec in fields.items()
    )


def empty_select(fields: Fields) -> str:
    """A query of no rows whose columns have the declared types."""
    columns = (f'cast(null as {sql_type(spec)}) as "{name}"' for name, spec in fields.items())
    return f"select {', '.join(columns)} limit 0"


def missing_fields(
    fields: Fields, actual: dict[str, "str | list[Any]"], prefix: str = ""
) -> list[str]:
    """Names of `fields` that `actual` lacks, structs included (`lines.amount`).

    A cast between structs fills a field that is not there with null, without an error.
    """
    missing = []
    for name, spec in fields.items():
        if name not in actual:
            missing.append(prefix + name)
        elif isinstance(spec, list):
            found = actual[name]
            inner = found[0] if isinstance(found, list) else {}
            missing += missing_fields(spec[0], inner, f"{prefix}{name}.")
    return missing


def fields_of(relation: DuckDBPyRelation) -> Fields:
    """The columns of a DuckDB relation in the form of this module."""
    return {
        name: _spec(type_) for name, type_ in zip(relation.columns, relation.types, strict=True)
    }


def _spec(type_: Any) -> "str | list[Any]":
    if type_.id == "list" and type_.children[0][1].id == "struct":
        return [{name: _spec(child) for name, child in type_.children[0][1].children}]
    return str(type_)
