"""A Parquet file of the price book → the text that its CSV would hold.

One path through casting and checks for both kinds of file, so that they cannot come to mean
different things: the digest of a price book does not tell which of them it came from.
"""

from pathlib import Path

import duckdb
import pyarrow as pa


def read_parquet(path: Path) -> tuple[list[str], pa.Table]:
    """The column names, and `file_row` (from 1) with every column as text.

    A date may be DATE or a TIMESTAMP at midnight, a list VARCHAR[] or text joined by `|`, a group a
    struct, a map or JSON text. Raises pa.ArrowInvalid when the file is not Parquet.
    """
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    try:
        source = con.from_parquet(str(path), binary_as_string=True, file_row_number=True)
        header = source.columns[:-1]
        types = [str(kind) for kind in source.types[:-1]]
        aliases = ", ".join(f"cell_{position}" for position in range(len(header) + 1))
        cells = [
            f"{_as_text(f'cell_{position}', kind)} as cell_{position}"
            for position, kind in enumerate(types)
        ]
        rows = con.sql(
            f"select {', '.join([f'cell_{len(header)} + 1 as file_row', *cells])}"
            f" from source as parquet_file({aliases}) order by file_row"
        ).to_arrow_table()
    except duckdb.Error as error:
        raise pa.ArrowInvalid(str(error).splitlines()[0]) from error
    finally:
        con.close()
    return header, rows


def _as_text(cell: str, kind: str) -> str:
    """The SQL that writes a cell as a person would write it in CSV."""
    if kind.endswith("[]"):
        return f"array_to_string({cell}::varchar[], '|')"
    if kind.startswith(("STRUCT", "MAP")):
        return f"to_json({cell})::varchar"
    if kind.startswith("TIMESTAMP"):
        return (
            f"case when {cell} = date_trunc('day', {cell}) then {cell}::date::varchar"
            f" else {cell}::varchar end"
        )
    if kind in ("FLOAT", "DOUBLE"):
        # 0.00001 prints as 1e-05; it is written out only if that loses nothing.
        plain = f"try_cast({cell}::varchar as decimal(38, 10))"
        return (
            f"case when contains({cell}::varchar, 'e') and {plain}::double = {cell}"
            f" then {plain}::varchar else {cell}::varchar end"
        )
    return f"{cell}::varchar"
