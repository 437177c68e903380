"""Whose row is it that a model's SQL cannot compute? (S-52)

A statement that fails is computed again over parts of the contracts, halving them until single
ones are left. Nothing is stored: each part is one SELECT into a temporary table. The statement is
the one dbt compiled; each relation that it reads stands for its rows of the part alone, views for
what they are made of.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb

from meterhouse.ledger.sql import one_value

# A relation as dbt renders it, with the database's name, and as DuckDB keeps it in a view's SQL.
RELATION = r'(?<![\w."])(){database}\."?(\w+)"?\."?(\w+)"?(?![\w.("])(\s+as\b)?'
IN_A_VIEW = re.compile(
    r'(\b(?:from|join)\s+\(*)"?(\w+)"?\."?(\w+)"?(?![\w.("])(\s+as\b)?', re.IGNORECASE
)
# What a row's own values can raise; a missing table or a full disk is nobody's row.
OF_A_ROW = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.ConstraintException,
)
PROBE = "temp.held_probe"
VIEWS_WITHIN_VIEWS = 20


class Probe:
    """Computes one statement over some rows of what it reads, in a warehouse at rest."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sql: str):
        self.con, self.sql = con, sql
        database = one_value(con, "select current_database()")
        name = f'"?{re.escape(str(database))}"?'
        self._relation = re.compile(RELATION.replace("{database}", name), re.IGNORECASE)
        self._columns: dict[tuple[str, str], set[str]] = {}
        for schema, table, column in con.execute(
            "select table_schema, table_name, column_name from information_schema.columns "
            "where table_catalog = current_database()"
        ).fetchall():
            self._columns.setdefault((schema, table), set()).add(column)
        self._views = {
            (schema, view): re.sub(
                r"^CREATE VIEW .*? AS ", "", text.strip().rstrip(";"), flags=re.DOTALL
            )
            for schema, view, text in con.execute(
                "select schema_name, view_name, sql from duckdb_views() "
                "where not internal and database_name = current_database()"
            ).fetchall()
        }

    def error(self, only: Mapping[str, Sequence[object]]) -> str | None:
        """What the statement raises if relations have only rows with these values; None if nothing.

        `only`: column → values; a relation without that column keeps all its rows.
        """
        restricted = self._restricted(self.sql, only)
        try:
            self.con.execute(f"create or replace temp table held_probe as {restricted}")
        except OF_A_ROW as error:
            return str(error)
        finally:
            self.con.execute(f"drop table if exists {PROBE}")
        return None

    def values(self, column: str, only: Mapping[str, Sequence[object]]) -> list[object]:
        """The values of a column in what the statement reads, where `only` holds; sorted."""
        found: set[object] = set()
        for relation in self.relations():
            if column in self._columns[relation] and only.keys() <= self._columns[relation]:
                query = f'select distinct "{column}" from {_name(relation)} {_where(only)}'
                found |= {value for (value,) in self.con.execute(query).fetchall()}
        return sorted((value for value in found if value is not None), key=str)

    def relations(self) -> list[tuple[str, str]]:
        """(schema, table) of every table that the statement reads, through views too; sorted."""
        found: set[tuple[str, str]] = set()
        texts = [(self._relation, self.sql)]
        while texts:
            pattern, text = texts.pop()
            for _, schema, table, _ in pattern.findall(text):
                if (schema, table) in self._columns and (schema, table) not in found:
                    found.add((schema, table))
                    if (schema, table) in self._views:
                        texts.append((IN_A_VIEW, self._views[schema, table]))
        return sorted(found)

    def has(self, relation: tuple[str, str], column: str) -> bool:
        """Whether a relation has that column."""
        return column in self._columns[relation]

    def _restricted(self, sql: str, only: Mapping[str, Sequence[object]], depth: int = 0) -> str:
        if depth > VIEWS_WITHIN_VIEWS:
            return sql

        def rows_of(match: re.Match[str]) -> str:
            relation, alias = (match[2], match[3]), match[4] or f' as "{match[3]}"'
            if relation not in self._columns:
                return match[0]
            if relation in self._views:
                inner = self._restricted(self._views[relation], only, depth + 1)
                source = f"({inner})"
            else:
                source = _name(relation)
            kept = {name: only[name] for name in only if name in self._columns[relation]}
            return f"{match[1]}(select * from {source} as source_rows {_where(kept)}){alias}"

        return (IN_A_VIEW if depth else self._relation).sub(rows_of, sql)


@contextmanager
def probing(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[Probe]:
    """A Probe; comments are taken out, because they may name relations."""
    yield Probe(con, re.sub(r"--[^\n]*", "", sql))


def culprits(
    fails: Callable[[Sequence[object]], str | None], candidates: Sequence[object]
) -> dict[object, str]:
    """Which of the candidates fail each alone, with the error; empty if it takes several of them.

    About two log₂ n calls for one among n. `fails(part)` gives an error or None.
    """
    found: dict[object, str] = {}
    parts = [list(candidates)]
    while parts:
        part = parts.pop()
        error = fails(part) if part else None
        if error is None:
            continue
        if len(part) == 1:
            found[part[0]] = error
        else:
            middle = len(part) // 2
            parts += [part[middle:], part[:middle]]
    return found


def blamed(
    fails: Callable[[Sequence[object]], str | None], candidates: Sequence[object]
) -> list[object]:
    """The culprits, or, if none fails alone, those without which the others do not fail.

    A percentage of a product fails with that product alone: neither does so by itself.
    """
    return list(culprits(fails, candidates)) or [
        one
        for one in candidates
        if len(candidates) > 1 and fails([other for other in candidates if other != one]) is None
    ]


def _name(relation: tuple[str, str]) -> str:
    return ".".join(f'"{part}"' for part in relation)


def _where(only: Mapping[str, Sequence[object]]) -> str:
    conditions = (
        f'"{column}" in ({", ".join(map(_literal, values)) or "null"})'
        for column, values in only.items()
    )
    text = " and ".join(conditions)
    return f"where {text}" if text else ""


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
