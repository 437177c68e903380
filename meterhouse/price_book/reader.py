"""Files of the price book → tables of text, with the row that each record stands in.

Nothing is guessed here: every cell is text (a typed guess would turn `007` into 7) and casting
follows the declared schema.
"""

import difflib
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from meterhouse.price_book.columns import Table
from meterhouse.price_book.csv_text import FILE_ROW, read_csv
from meterhouse.price_book.errors import Problem
from meterhouse.price_book.parquet_text import read_parquet


@dataclass
class TextTable:
    """One table as text: `file_row` BIGINT and every declared column VARCHAR, null where empty.

    `readable` is False when a check over the table would only repeat the problems already found.
    """

    table: Table
    file: str
    rows: pa.Table
    problems: list[Problem] = field(default_factory=list)
    readable: bool = True


def find_files(
    seeds: Path, tables: dict[str, Table]
) -> tuple[dict[str, list[Path]], list[Problem]]:
    """The files of each table, and a problem for every CSV or Parquet file that is no table."""
    if not seeds.is_dir():
        return {}, [Problem(
            str(seeds), None, None, "seeds_directory", "There is no such directory.",
            "Create it, or point METERHOUSE_SEEDS at the price book.",
        )]  # fmt: skip
    files: dict[str, list[Path]] = {}
    problems = []
    for path in sorted(seeds.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in (".csv", ".parquet"):
            continue
        if path.stem in tables and path.suffix in (".csv", ".parquet"):
            files.setdefault(path.stem, []).append(path)
            continue
        close = difflib.get_close_matches(path.stem.lower(), tables, n=1)
        meant = f"Did you mean {close[0]}{path.suffix.lower()}? " if close else ""
        problems.append(Problem(
            path.name, None, None, "unknown_file",
            "It is neither a price-book table nor a declared lookup.",
            f"{meant}Rename it, move it elsewhere, or declare it as a table of the source"
            " `lookups` in dbt_project/models/metrics/_lookups.yml.",
        ))  # fmt: skip
    return files, problems


def read_table(table: Table, files: list[Path]) -> TextTable:
    """Reads the file of a table; no file is an empty table, two files are a problem."""
    if not files:
        return TextTable(table, f"{table.name}.csv", _text_rows(table, [], []))
    if len(files) > 1:
        both = " and ".join(path.name for path in files)
        read = TextTable(table, files[0].name, _text_rows(table, [], []), readable=False)
        _blame(read, None, None, "two_files", f"The table stands in {both}.", "Keep one of them.")
        return read
    path = files[0]
    read = TextTable(table, path.name, _text_rows(table, [], []))
    try:
        if path.suffix == ".parquet":
            header, rows = read_parquet(path)
            _check_header(read, header)
            _keep(read, rows, header)
        else:
            _read_csv(read, path)
    except (OSError, pa.ArrowInvalid) as error:
        read.readable = False
        _blame(
            read, None, None, "unreadable_file", f"It cannot be read: {error}.",
            "Export it anew.",
        )  # fmt: skip
    return read


def _blame(
    read: TextTable, row: int | None, column: str | None, rule: str, message: str, step: str
) -> None:
    read.problems.append(Problem(read.file, row, column, rule, message, step))


def _read_csv(read: TextTable, path: Path) -> None:
    header, rows, damages = read_csv(path.read_bytes())
    for damage in damages:
        _blame(read, damage.row, None, damage.rule, damage.message, damage.next_step)
        read.readable = read.readable and not damage.fatal
    if header:
        _check_header(read, header)
        _keep(read, rows, header)
    elif not damages:
        read.readable = False
        _blame(
            read, None, None, "missing_header", "It has no header row.",
            f"Write {','.join(column.name for column in read.table.columns)} as its first row,"
            " or delete the file.",
        )  # fmt: skip


def _check_header(read: TextTable, header: list[str]) -> None:
    known = {column.name: column for column in read.table.columns}
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            read.readable = False
            _blame(
                read, 1, name, "duplicate_column", "The column is there more than once.",
                "Keep one of them.",
            )  # fmt: skip
        if name not in known:
            close = difflib.get_close_matches(name.strip().lower(), known, n=1)
            meant = f"Did you mean {close[0]}? " if close else ""
            comma = "Separate cells by commas. " if ";" in name or "\t" in name else ""
            _blame(
                read, 1, name, "unknown_column", f"{read.table.name} has no such column.",
                f"{comma}{meant}The columns are {', '.join(known)}.",
            )  # fmt: skip
    for name, column in known.items():
        if column.required and name not in header:
            read.readable = False
            _blame(
                read, 1, name, "missing_column", "The column is required and not there.",
                "Add it to the header.",
            )  # fmt: skip


def _keep(read: TextTable, rows: pa.Table, header: list[str]) -> None:
    """Takes the declared columns of what was read, by position, as two may have one name."""
    read.rows = _text_rows(
        read.table, header, [rows.column(position) for position in range(rows.num_columns)]
    )


def _text_rows(table: Table, header: list[str], columns: list[pa.ChunkedArray]) -> pa.Table:
    file_row = columns[0] if columns else pa.array([], pa.int64())
    cells = {FILE_ROW: file_row}
    for column in table.columns:
        position = header.index(column.name) + 1 if column.name in header else None
        cells[column.name] = (
            columns[position] if columns and position else pa.nulls(len(file_row), pa.string())
        )
    return pa.table(cells)
