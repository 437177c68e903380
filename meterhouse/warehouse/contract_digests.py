"""What a price book says of each contract, as one number: `inputs.contract_digests`.

A run compares it with that of the book of the run before, and computes the contracts of which it
differs (calendar.contracts_to_rate). It is made of the rows of the contract's customer, of all
contracts of that customer (aliases, and what is carried from one contract to the next, go over
them), of its rate card, and of what all contracts share. A table that is not named here counts as
shared: of one that is added later an edit computes all contracts, never too few.
"""

import duckdb

from raw_events.common.sql import identifier, literal, literals

TABLE = "inputs.contract_digests"
COLUMNS = "price_book VARCHAR, contract_id VARCHAR, digest UBIGINT"

# A step from a row to the one that it belongs to: its column, the other table, that one's column.
Step = tuple[str, str, str]
CONTRACT: Step = ("contract_id", "contracts", "contract_id")
COMMIT: Step = ("commit_id", "commits", "commit_id")
SUBSCRIPTION: Step = ("subscription_id", "subscriptions", "subscription_id")
# The tiers of an override stand under its id, beside those of rates.
OVERRIDE: Step = ("rate_id", "contract_overrides", "override_id")
RATE: Step = ("rate_id", "rates", "rate_id")

OF_CUSTOMERS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("customers", ()),
    ("customer_aliases", ()),
    ("contracts", ()),
    ("period_limits", (CONTRACT,)),
    ("thresholds", (CONTRACT,)),
    ("contract_overrides", (CONTRACT,)),
    ("rate_tiers", (OVERRIDE, CONTRACT)),
    ("subscriptions", (CONTRACT,)),
    ("subscription_quantities", (SUBSCRIPTION, CONTRACT)),
    ("scheduled_charges", (CONTRACT,)),
    ("commits", (CONTRACT,)),
    ("commit_applies_to", (COMMIT, CONTRACT)),
    ("commit_access", (COMMIT, CONTRACT)),
    ("commit_invoices", (COMMIT, CONTRACT)),
)
OF_CARDS: tuple[tuple[str, tuple[Step, ...]], ...] = (
    ("rate_cards", ()),
    ("rates", ()),
    ("rate_tiers", (RATE,)),
    ("pricing_unit_conversions", ()),
)
OWNED = frozenset(table for table, _ in (*OF_CUSTOMERS, *OF_CARDS))


def note_contract_digests(
    con: duckdb.DuckDBPyConnection, current: str, before: str | None = None
) -> None:
    """Have the digests of the book `current`, and those noted of the book `before`; no others.

    The tables of `current` must be loaded. A book that has its digests is not read again.
    """
    kept = literals({current, before} - {None})
    con.execute(f"create table if not exists {TABLE} ({COLUMNS})")
    con.execute(f"delete from {TABLE} where price_book not in ({kept})")
    if con.execute(f"select 1 from {TABLE} where price_book = ? limit 1", [current]).fetchall():
        return
    con.execute(f"insert into {TABLE} {_digests(con, current)}")


def _digests(con: duckdb.DuckDBPyConnection, book: str) -> str:
    customers = _sums(con, book, OF_CUSTOMERS, "customer_id")
    cards = _sums(con, book, OF_CARDS, "rate_card_id")
    shared = " union all ".join(
        f"select {_hash(table)} as hash from {_stored(con, table, book)}" for table in _shared(con)
    )
    return f"""
        select
            {literal(book)} as price_book,
            contracts.contract_id,
            hash(customers.hashes, cards.hashes, (select sum(hash) from ({shared}))) as digest
        from price_book.contracts as contracts
        left join ({customers}) as customers on contracts.customer_id = customers.owner
        left join ({cards}) as cards on contracts.rate_card_id = cards.owner
        where contracts.price_book = {literal(book)}
    """


def _sums(
    con: duckdb.DuckDBPyConnection,
    book: str,
    tables: tuple[tuple[str, tuple[Step, ...]], ...],
    owner: str,
) -> str:
    """One row per owner: the sum of the hashes of all rows that lead to it."""
    rows = []
    for name, steps in tables:
        table, joins, at = f"price_book.{name}", "", "stored"
        for number, (column, other, key) in enumerate(steps):
            joins += (
                f" inner join price_book.{other} as step_{number}"
                f" on step_{number}.price_book = {literal(book)}"
                f" and {at}.{column} = step_{number}.{key}"
            )
            at = f"step_{number}"
        rows.append(
            f"select {at}.{owner} as owner, {_hash(table)} as hash "
            f"from {_stored(con, table, book)}{joins}"
        )
    return f"select owner, sum(hash) as hashes from ({' union all '.join(rows)}) group by owner"


def _shared(con: duckdb.DuckDBPyConnection) -> list[str]:
    """What is not of single contracts: products, units, and the lookup tables of metrics."""
    rows = con.execute(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('price_book', 'lookups') order by all"
    ).fetchall()
    return [
        f"{schema}.{identifier(table)}"
        for schema, table in rows
        if schema != "price_book" or table not in OWNED
    ]


def _stored(con: duckdb.DuckDBPyConnection, table: str, book: str) -> str:
    """The rows of a book without the column that says so: they are alike in the next one.

    Long decimals as text: DuckDB hashes their two halves into one, so that 0 and one negative unit
    of the last place, for one, have the same hash.
    """
    columns = (
        f"{identifier(name)}{'::varchar' * str(type_).startswith(('DECIMAL', 'HUGEINT'))}"
        for name, type_, *_ in con.sql(f"from {table} limit 0").description
        if name != "price_book"
    )
    return (
        f"(select {', '.join(columns)} from {table} where price_book = {literal(book)}) as stored"
    )


def _hash(table: str) -> str:
    return f"hash({literal(table)}, stored)"
