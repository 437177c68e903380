"""Writes what was sent into the files of each landing: NDJSON, some transfers CSV or Parquet.

The same bytes every time: no clock, no file name and no thread order enters a file. Evaluation runs
are in no file: they stand in the product's own database, which collectors read (demo/collectors/).
"""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from demo.company import STEPS, customers
from demo.infrastructure import connections, instances, seats, storage
from demo.injected_faults import as_sent, broken_lines
from demo.requests import api_calls, eval_runs, llm_requests, transfers
from demo.rhythm import FIRST, LAST

SOURCES = {"gateway": "gateway", "transfers": "gateway", "cluster": "cluster"}  # others: "relay"
IN_DATABASE = "eval_run"
TRANSFER_FORMATS = ("csv.gz", "parquet")  # of the first landings; the later ones are NDJSON


def generate(folder: Path, database: Path | None = None) -> list[list[tuple[str, Path]]]:
    """Writes all files of the demo into `folder`; gives (source, file) pairs for each step.

    `database`: where the product's database goes, a DuckDB file, which needs no server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = customers()
    kinds = (llm_requests, api_calls, transfers, eval_runs, instances, storage, connections, seats)
    events = pd.concat([kind(table) for kind in kinds], ignore_index=True)
    events = events[(events["at"] >= FIRST) & (events["at"] < LAST)]
    sent = as_sent(events.sort_values("at", kind="stable", ignore_index=True), table)
    instants = np.datetime_as_string(sent["at"].to_numpy().astype("datetime64[us]"), unit="ms")
    sent["timestamp"] = [f"{text}Z" for text in instants.tolist()]
    in_database = sent["event_type"] == IN_DATABASE
    if database:
        write_database(database, sent[in_database])
    sent = sent[~in_database]
    landings: list[list[tuple[str, Path]]] = [[] for _ in STEPS]
    for (number, name), rows in sent.groupby(["step", "file"], sort=True):
        path = _write(folder, number, name, rows)
        landings[number].append((SOURCES.get(name, "relay"), path))
    return landings


def write_database(path: Path, runs: pd.DataFrame) -> None:
    """The product's table `job_runs`: one row per evaluation run, whatever was sent twice of it."""
    runs = runs.drop_duplicates("transaction_id").sort_values("at", kind="stable")
    properties = [json.loads(text) for text in runs["properties"]]
    instants = pa.array(runs["at"].tolist(), pa.int64())
    table = pa.table(
        {
            "job_id": range(1, len(runs) + 1),
            "customer_id": runs["customer_id"].tolist(),
            "suite": [found["suite"] for found in properties],
            "cases": [found["cases"] for found in properties],
            "finished_at": instants.cast(pa.timestamp("us", "UTC")),
        }
    )
    with duckdb.connect(path) as con:
        con.register("made", table)
        con.execute("create table job_runs as select * from made")


def _write(folder: Path, number: int, name: str, rows: pd.DataFrame) -> Path:
    step = STEPS[number]
    kind = TRANSFER_FORMATS[number] if name == "transfers" and number < 2 else "ndjson"
    path = folder / f"{step.name}-{name}.{kind}"
    if kind == "ndjson":
        lines = _lines(rows)
        if name == "gateway":
            for position, broken in reversed(broken_lines(step, lines, number)):
                lines.insert(position, broken)
        path.write_bytes(b"\n".join(lines) + b"\n")
    elif kind == "parquet":
        pq.write_table(pa.table(_columns(rows)), path, compression="zstd")
    else:
        _write_csv(path, _columns(rows))
    return path


def _lines(rows: pd.DataFrame) -> list[bytes]:
    columns = ["transaction_id", "customer_id", "event_type", "timestamp", "properties"]
    values = zip(*(rows[column].tolist() for column in columns), strict=True)
    return [
        f'{{"transaction_id":"{i}","customer_id":"{c}","event_type":"{e}",'
        f'"timestamp":"{t}","properties":{p}}}'.encode()
        for i, c, e, t, p in values
    ]


def _columns(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """The four required columns and one per property, as texts and integers."""
    required = ["transaction_id", "customer_id", "event_type", "timestamp"]
    columns = {column: rows[column].tolist() for column in required}
    properties = [json.loads(text) for text in rows["properties"]]
    for key in ("region", "direction", "bytes"):
        columns[key] = [found.get(key) for found in properties]
    return columns


def _write_csv(path: Path, columns: dict[str, list[Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(text.getvalue().encode())
    path.write_bytes(packed.getvalue())
