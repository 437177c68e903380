"""SQL as DuckDB's own parser reads it, as a tree of dictionaries."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

Node = dict[str, Any]


class NotOneSelect(ValueError):
    """In words: why a text is not one SELECT, as the rest of a sentence about its file."""


def parsed(con: duckdb.DuckDBPyConnection, sql: str) -> Node:
    """The query of a text that is exactly one SELECT; nothing is run. NotOneSelect if it is not."""
    try:
        [(text,)] = con.execute("select json_serialize_sql($1::varchar)", [sql]).fetchall()
    except duckdb.Error as error:
        raise NotOneSelect(f"is not one `select` that DuckDB can read: {error}") from error
    tree = json.loads(text)
    if tree["error"]:
        raise NotOneSelect(f"is not one `select` that DuckDB can read: {tree.get('error_message')}")
    if len(tree["statements"]) != 1:
        raise NotOneSelect("has more than one statement; a metric is one `select`.")
    node: Node = tree["statements"][0]["node"]
    return node


def within(tree: object) -> Iterator[Node]:
    """Every dictionary of a tree, the tree itself first."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for item in tree:
            yield from within(item)


def own_expressions(tree: object) -> Iterator[Node]:
    """Every dictionary of an expression, those of queries inside it left out."""
    if isinstance(tree, dict):
        yield tree
        is_query = tree.get("class") == "SUBQUERY"
        tree = tree.get("child") if is_query else list(tree.values())
    if isinstance(tree, dict):
        yield from own_expressions(tree)
    elif isinstance(tree, list):
        for item in tree:
            yield from own_expressions(item)


def column(node: Node | None) -> str | None:
    """The last name of a column that an expression is, in lower case; None if it is none."""
    if node and node.get("class") == "COLUMN_REF":
        return str(node["column_names"][-1]).lower()
    return None


def columns(tree: object) -> set[str]:
    """The last names of all columns in an expression."""
    return {name for node in own_expressions(tree) if (name := column(node))}


def arguments(node: Node) -> list[Node]:
    """The arguments of a function or window function."""
    return [argument["expression"] for argument in node.get("arguments") or []]


def is_constant(node: Node) -> bool:
    """Whether an expression has no columns and no queries."""
    classes = {part["class"] for part in within(node) if "class" in part}
    return classes <= {"CONSTANT", "FUNCTION", "CAST", "TYPE"}
