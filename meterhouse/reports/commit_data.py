"""One commit from the published marts, as plain Python values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from meterhouse.common.mart_files import mart_files, mart_sql
from meterhouse.reports.errors import CommitNotFound, NothingPublished

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
    if not mart_files(folder, "commit_balances"):
        raise NothingPublished(f"No commits are published in {marts} yet. Run once: meterhouse run")
    asked = commit_id.strip()
    with duckdb.connect() as con:
        for mart in MARTS:
            con.execute(f"create view {mart} as from {mart_sql(folder, mart)}")
        balances = _rows(con, "from commit_balances where commit_id = $1 order by segment", asked)
        if not balances:
            raise CommitNotFound(_taken_back(con, folder, asked) or _not_found(con, asked))
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


def _taken_back(con: duckdb.DuckDBPyConnection, folder: Path, asked: str) -> str | None:
    """What to say of a commit that is gone with its invoice (S-58); None if no void one sold it."""
    lines, notes = (mart_sql(folder, mart) for mart in ("invoice_lines", "credit_notes"))
    if not lines or not notes:
        return None
    sold = _rows(
        con,
        f"""
        select
            coalesce(notes.invoice_number, lines.invoice_id) as invoice, notes.credit_note_number
        from {lines} as lines
        left join {notes} as notes using (invoice_id)
        where lines.commit_id = $1 and lines.line_type = 'commit_purchase'
            and lines.status = 'void'
        order by notes.credit_note_number desc nulls last, invoice limit 1
        """,
        asked,
    )
    if not sold:
        return None
    note = sold[0]["credit_note_number"]
    return (
        f"The commit '{asked}' is gone: the invoice that sold it, {sold[0]['invoice']}, is void"
        + (f" (credit note {note})." if note else ".")
        + f" See it with: meterhouse invoice {sold[0]['invoice']}"
    )


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
