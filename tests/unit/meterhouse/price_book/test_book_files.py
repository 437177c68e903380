"""Files: what may stand in the directory, and what a damaged or strange file says.

Guards against a table that is read in part, or that counts as empty because it could not be read.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from meterhouse.price_book import PriceBookError, load_price_book

LOOKUPS = {"model_weights": {"model": "varchar", "weight": "decimal(20, 10)"}}


def problems(seeds: Path, lookups: dict | None = None) -> list[tuple]:
    with pytest.raises(PriceBookError) as error:
        load_price_book(seeds, None, LOOKUPS if lookups is None else lookups)
    return [(found.file, found.row, found.column, found.rule) for found in error.value.problems]


def test_no_directory_and_an_empty_one(tmp_path: Path) -> None:
    [(_, row, column, rule)] = problems(tmp_path / "seeds")
    assert (row, column, rule) == (None, None, "seeds_directory")
    assert load_price_book(tmp_path, {}, LOOKUPS).arrow("rates").num_rows == 0


def test_bom_crlf_blank_lines_and_column_order_do_not_matter(load: Callable, seeds: Path) -> None:
    before = load().digest
    (seeds / "customers.csv").write_bytes(
        "\ufeffname,customer_id\r\n\r\nBeta,beta\r\nAcme,acme\r\n\r\n".encode()
    )
    assert load().digest == before


def test_rows_are_counted_as_a_spreadsheet_counts_them(seeds: Path) -> None:
    (seeds / "customers.csv").write_text(
        'customer_id,name\nacme,"two\nlines"\n\nbeta,Beta\nbeta,Again\n'
    )
    assert problems(seeds) == [("customers.csv", 5, "customer_id", "duplicate_key")]


@pytest.mark.parametrize(
    ("content", "row", "rule"),
    [
        (b"", None, "missing_header"),
        (b"customer_id,name\nacme,Acme\nbeta,B\xe9ta\n", 3, "encoding"),
        ("customer_id,name\nacme,Acme\nbeta,Beta\n".encode("utf-16"), 1, "encoding"),
        (b"customer_id,name\nacme,Acme\nbeta,Be\0ta\n", 3, "encoding"),
        (b'customer_id,name\nacme,Acme\nbeta,"Beta\n', 3, "csv_quotes"),
        (b'customer_id,name\nacme,Acme\nbeta,"Be"ta\n', 3, "csv_quotes"),
        (b"customer_id,name\nacme,Acme\nbeta\n", 3, "ragged_row"),
        (b"customer_id,name\nacme,Acme\nbeta,Beta,\n", 3, "ragged_row"),
    ],
)
def test_a_damaged_csv(seeds: Path, content: bytes, row: int | None, rule: str) -> None:
    """It is said once, and not again of every contract whose customer cannot be read."""
    (seeds / "customers.csv").write_bytes(content)
    assert problems(seeds) == [("customers.csv", row, None, rule)]


@pytest.mark.parametrize(
    ("header", "column", "rule"),
    [
        ("customer_id,name,mail", "mail", "unknown_column"),
        ("customer_id,name,name", "name", "duplicate_column"),
        ("customer_id", "name", "missing_column"),
    ],
)
def test_a_wrong_header(seeds: Path, header: str, column: str, rule: str) -> None:
    cells = ("acme", "Acme", "x")[: header.count(",") + 1]
    others = ("beta", "Beta", "x")[: header.count(",") + 1]
    (seeds / "customers.csv").write_text(f"{header}\n{','.join(cells)}\n{','.join(others)}\n")
    assert problems(seeds) == [("customers.csv", 1, column, rule)]


def test_a_file_that_is_no_table(seeds: Path) -> None:
    (seeds / "contract.csv").write_text("contract_id\n")
    (seeds / "notes.txt").write_text("not read")
    (seeds / ".~lock.contracts.csv").write_text("not read")
    with pytest.raises(PriceBookError, match=r"Did you mean contracts\.csv\?.*_lookups\.yml"):
        load_price_book(seeds, None, LOOKUPS)
    assert problems(seeds) == [("contract.csv", None, None, "unknown_file")]


def test_lookups_are_typed_and_declared_well(seeds: Path) -> None:
    assert load_price_book(seeds, None, LOOKUPS).arrow("model_weights").num_rows == 1
    (seeds / "model_weights.csv").write_text("model,weight\na,heavy\n")
    assert problems(seeds) == [("model_weights.csv", 2, "weight", "number")]
    assert problems(seeds, {"rates": {"a": "float"}}) == [
        ("_lookups.yml", None, None, "lookup_name"),
        ("_lookups.yml", None, None, "lookup_type"),
    ]


@pytest.mark.parametrize("typed", [False, True], ids=["text", "typed"])
def test_parquet_means_the_same_as_csv(load: Callable, seeds: Path, typed: bool) -> None:
    """As text, or with dates, lists, groups and numbers in types of their own."""
    before = load().digest
    con = duckdb.connect()
    for table in ("contracts", "rates", "products"):
        path = seeds / f"{table}.csv"
        con.execute(f"create table {table} as from read_csv('{path}', all_varchar = true)")
        path.unlink()
    if typed:
        con.execute("alter table contracts alter starting_on type timestamp")
        con.execute("alter table contracts alter net_payment_days type bigint")
        con.execute("alter table rates alter price type double")
        con.execute("alter table rates alter entitled type boolean")
        con.execute("alter table products alter tags type varchar[] using string_split(tags, '|')")
        con.execute(
            "alter table rates alter pricing_group type map(varchar, varchar)"
            " using pricing_group::json::map(varchar, varchar)"
        )
    for table in ("contracts", "rates", "products"):
        con.execute(f"copy {table} to '{seeds / table}.parquet'")
    assert load().digest == before


def test_problems_of_a_parquet_file_name_it(seeds: Path) -> None:
    (seeds / "customers.csv").unlink()
    duckdb.sql("select 'acme' as customer_id, 'A' as name union all select 'acme', 'B'").to_parquet(
        str(seeds / "customers.parquet")
    )
    assert ("customers.parquet", 2, "customer_id", "duplicate_key") in problems(seeds)
    (seeds / "customers.parquet").write_bytes(b"PAR1")
    assert problems(seeds) == [("customers.parquet", None, None, "unreadable_file")]
    (seeds / "customers.csv").write_text("customer_id,name\n")
    assert problems(seeds) == [("customers.csv", None, None, "two_files")]


def test_all_problems_are_told_at_once(seeds: Path) -> None:
    (seeds / "customers.csv").write_text("customer_id,name\nacme,Acme\n")
    rates = (seeds / "rates.csv").read_text()
    (seeds / "rates.csv").write_text(rates.replace(",1.5,", ",-1.5,"))
    with pytest.raises(PriceBookError) as error:
        load_price_book(seeds, None, LOOKUPS)
    assert str(error.value) == (
        f"The price book in {seeds} has 2 problems. Nothing was rated (S-46).\n"
        "\ncontracts.csv\n"
        "  row 3, column customer_id: customers has no customer_id 'beta'."
        " Correct it, or add the row to customers. [unknown_reference]\n"
        "\nrates.csv\n"
        "  row 2, column price: '-1.5' must be at least 0. Correct it. [bound]"
    )
