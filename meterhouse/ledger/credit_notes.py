"""Credit notes: each void of an invoice with lines has one, in a series of its own (S-55).

The number is the void's place among all such voids, in the order of the ledger. So the series has
no gap, and voids of releases that recorded no number have the one that was theirs from the start:
an append-only ledger never changes its order. What is recorded must agree with it (verify).
"""

import duckdb

from meterhouse.ledger.numbers import credit_note_number, credit_note_number_sql


def next_credit_note(con: duckdb.DuckDBPyConnection, ledger_rows: str) -> str:
    """The number of the next credit note, by all rows of the ledger (columns of LEDGER_ROW)."""
    [(given,)] = con.execute(
        f"select count(invoice_number) from {ledger_rows} where event = 'voided'"
    ).fetchall()
    return credit_note_number(given + 1)


def insert_voids(con: duckdb.DuckDBPyConnection, new_rows: str) -> None:
    """Append the voids among `new_rows` to `ledger.voids`, numbered after those that it has."""
    present = con.sql(f"from {new_rows} limit 0").columns
    recorded = {
        name: name if name in present else "null::varchar"
        for name in ("credit_note_number", "voided_by")
    }
    place = (
        "(select count(credit_note_number) from ledger.voids) "
        "+ count(invoice_number) over (order by sequence)"
    )
    con.execute(
        f"""
        insert into ledger.voids by name
        select
            sequence,
            invoice_id,
            case when invoice_number is not null
                then coalesce({recorded["credit_note_number"]}, {credit_note_number_sql(place)})
            end as credit_note_number,
            finalized_at as voided_at,
            {recorded["voided_by"]} as voided_by,
            reason,
        from {new_rows} where event = 'voided' order by sequence
        """
    )
