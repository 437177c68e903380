"""Keys and references, from the declarations of `schema.py`: every table, without exceptions."""

from collections.abc import Iterator, Mapping

from meterhouse.price_book.checks.rule import ROWS, Rule
from meterhouse.price_book.columns import Column, Table
from raw_events.common.sql import identifier

# Where the first row with a key stands, also where a recurring grant or a package makes it.
_FIRST_PLACE = f"""
    case
        when first_row > 0 then 'in row ' || first_row
        when first_row > -{ROWS} then 'made by row ' || -first_row || ' of recurring_grants'
        else 'made by the package of row ' || -first_row // {ROWS} || ' of contracts'
    end
"""


def key_rules(tables: Mapping[str, Table]) -> Iterator[Rule]:
    """One rule for each key: a later row with the key of an earlier one."""
    for table in tables.values():
        key = [identifier(name) for name in table.key]
        required = [identifier(name) for name in table.key if table.column(name).required]
        shown = " || ', ' || ".join(f"coalesce({name}::varchar, 'empty')" for name in key)
        yield Rule(
            "duplicate_key",
            table.name,
            table.key[0],
            f"""
            select file_row, {shown} as shown,
                min(file_row) over (partition by {", ".join(key)}) as first_row,
                {_FIRST_PLACE} as first_place,
                case
                    when first_row > 0 then 'Keep one of the rows'
                    else 'Remove one of the two'
                end as step
            from {identifier(table.name)}
            where {" and ".join(f"{name} is not null" for name in required)}
            qualify file_row > first_row
                -- two terms of one package are told of the package's rows
                and (file_row > 0 or file_row // {ROWS} <> first_row // {ROWS})
            """,
            f"{', '.join(table.key)} = {{shown}} is {{first_place}} already.",
            "{step}.",
        )


def reference_rules(tables: Mapping[str, Table]) -> Iterator[Rule]:
    """One rule for each column that must hold a value of another table."""
    for table in tables.values():
        for column in table.columns:
            if column.references:
                yield _reference_rule(table, column)


def _reference_rule(table: Table, column: Column) -> Rule:
    other, other_column = (column.references or "").split(".")
    return Rule(
        "unknown_reference",
        table.name,
        column.name,
        f"select file_row, {column.name} as value from {table.name}"
        f" where {column.name} is not null"
        f" and {column.name} not in (select {other_column} from {other}"
        f" where {other_column} is not null)",
        f"{other} has no {other_column} '{{value}}'.",
        f"Correct it, or add the row to {other}.",
        of_faulty_rows=True,
    )


def date_rules(tables: Mapping[str, Table]) -> Iterator[Rule]:
    """One rule for each table whose rows are valid for a time: the end comes after the start."""
    for table in tables.values():
        if {"starting_on", "ending_before"} <= {column.name for column in table.columns}:
            yield Rule(
                "dates_out_of_order",
                table.name,
                "ending_before",
                f"select file_row, starting_on, ending_before from {table.name}"
                " where ending_before <= starting_on",
                "It starts on {starting_on} and ends before {ending_before}: no day is left (S-1).",
                "Write the first day after the last one that counts, or leave it empty.",
                of_faulty_rows=True,
            )
