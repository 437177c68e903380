"""The contestants' invoice lines, compared: a fast wrong bill is no bill."""

from pathlib import Path

import duckdb

# Of every line: its contract, product, the value of its one group key, tier, quantity, amount.
COLUMNS = {
    "contract_id": "varchar",
    "product_id": "varchar",
    "group_value": "varchar",
    "tier": "integer",
    "quantity": "decimal(28, 10)",
    "amount": "decimal(20, 4)",
}
KEYS = ("contract_id", "product_id", "group_value", "tier")


class Disagreement(Exception):
    """Two contestants do not bill the same."""


def write_published_lines(marts: Path, output: Path) -> None:
    """The usage lines that the pipeline has published, as a contestant's lines."""
    with duckdb.connect() as con:
        con.execute(f"""
            copy (
                select
                    invoices.contract_id,
                    lines.product_id,
                    coalesce(
                        lines.pricing_group ->> 'region', lines.pricing_group ->> 'model'
                    ) as group_value,
                    lines.tier,
                    lines.quantity,
                    lines.amount,
                from '{marts}/invoice_lines.parquet' as lines
                inner join '{marts}/invoices.parquet' as invoices using (invoice_id)
                where lines.line_type = 'usage'
            ) to '{output}' (format csv, header)
        """)


def compare(answers: dict[str, Path]) -> str:
    """The total that all bill. Raises Disagreement, with the first lines that differ."""
    reference, *others = answers
    with duckdb.connect() as con:
        for position, path in enumerate(answers.values()):
            # A line that is there twice is another line the second time.
            con.execute(f"""
                create table answer_{position} as
                select *, row_number() over (partition by {", ".join(KEYS)}) as time
                from read_csv('{path}', header = true, columns = {COLUMNS})
            """)
        [(total, lines)] = con.execute("select sum(amount), count(*) from answer_0").fetchall()
        if not lines:
            raise Disagreement(f"{reference} bills nothing.")
        keys = (*KEYS, "time")
        same = " and ".join(f"mine.{key} is not distinct from theirs.{key}" for key in keys)
        for position, other in enumerate(others, start=1):
            different = con.execute(f"""
                select mine, theirs
                from answer_0 as mine
                full join answer_{position} as theirs on {same}
                where mine.quantity is distinct from theirs.quantity
                    or mine.amount is distinct from theirs.amount
                order by all
            """).fetchall()
            if different:
                shown = "\n".join(f"  {mine}\n  {theirs}\n" for mine, theirs in different[:3])
                raise Disagreement(
                    f"{reference} and {other} differ in {len(different):,} lines:\n{shown}"
                )
    return f"{total:,.2f} on {lines:,} lines"
