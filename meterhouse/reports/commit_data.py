"""One commit from the published marts, as plain Python values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.reports.errors import CommitNotFound, NothingPublished
from raw_events.common.sql import literal

MARTS = ("commit_balances", "commit_ledger", "commit_burndown")


@dataclass(frozen=True)
class Commit:
    """Rows of the marts as dicts by column name; amounts are Decimal, dates date.

    `balances` has a row per segment; `burndown` rows by segment, in the order of days.
    """

    commit_id: str
    balances: list[dict[str, Any]]
    ledger: list[dict[str, Any]]
    burndown: dict[int, list[dict[str, Any]]]


def load_commit(marts: Path, commit_id: str) -> Commit:
    """The commit with that id.

    Raises NothingPublished before the first run, and CommitNotFound with what comes near.
    """
    # The link is followed once: all files are then of one run, even if a run ends meanwhile.
    folder = Path(marts).resolve()
    if not (folder / "commit_balances.parquet").is_file():
        raise NothingPublished(f"No commits are published in {marts} yet. Run once: meterhouse run")
    asked = commit_id.strip()
    with duckdb.connect() as con:
        for mart in MARTS:
            path = literal(folder / f"{mart}.parquet")
            con.execute(f"create view {mart} as from read_parquet({path})")
        balances = _rows(con, "from commit_balances where commit_id = $1 order by segment", asked)
        if not balances:
            raise CommitNotFound(_not_found(con, asked))
        ledger = _rows(
            con, "from commit_ledger where commit_id = $1 order by segment, entry_number", asked
        )
        burndown = _rows(
            con, "from commit_burndown where commit_id = $1 order by segment, burned_on", asked
        )
    days: dict[int, list[dict[str, Any]]] = {}
    for row in burndown:
        days.setdefault(row["segment"], []).append(row)
    return Commit(asked, balances, ledger, days)


def _rows(con: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[dict[str, Any]]:
    cursor = con.execute(query, list(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _not_found(con: duckdb.DuckDBPyConnection, asked: str) -> str:
    commits = "select distinct commit_id, contract_id, type from commit_balances"
    of_contract = _rows(con, f"{commits} where contract_id = $1 order by all limit 10", asked)
    if of_contract:
        return f"'{asked}' is a contract, not a commit. Its commits:\n{_listed(of_contract)}"
    near = _rows(
        con,
        f"from ({commits}) order by jaro_winkler_similarity(lower(commit_id), lower($1)) desc,"
        " commit_id limit 5",
        asked,
    )
    if not near:
        return f"There is no commit '{asked}', for the price book has no commits (commits.csv)."
    return f"There is no commit '{asked}'. The nearest are:\n{_listed(near)}"


def _listed(commits: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"  {row['commit_id']}  {row['type']}  contract {row['contract_id']}" for row in commits
    )
