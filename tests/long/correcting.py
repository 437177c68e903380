"""The golden scenarios and that of corrections/ in one data directory, up to a point in time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.golden.merge import SCENARIOS, write_events, write_price_book
from tests.long.company import succeed

SCENARIO = Path(__file__).with_name("corrections")
ON_TIME, FIRST_WAVE, SECOND_WAVE = (
    "2026-02-02T00:00:00Z",
    "2026-02-10T00:00:00Z",
    "2026-02-20T00:00:00Z",
)
SEEDS_LATER = "seeds later"
LATER, VOIDED = "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"
# (customer, event type, day, tokens or number of calls, model); every row is its own events.
EVENTS = {
    ON_TIME: [
        ("acme", "llm_request", "2026-01-05", 100, "m1"),
        ("acme", "api_call", "2026-01-06", 8, None),
        ("gone", "llm_request", "2026-01-07", 10, "m1"),
        ("up", "llm_request", "2026-01-04", 100, "m1"),
        ("up", "llm_request", "2026-01-05", 30, "m1"),
        ("down", "llm_request", "2026-01-04", 100, "m1"),
        ("less", "llm_request", "2026-01-04", 100, "m1"),
        ("less", "llm_request", "2026-01-06", 5, "m1"),
        ("back", "llm_request", "2026-01-03", 40, "m1"),
    ],
    FIRST_WAVE: [
        ("acme", "llm_request", "2026-01-10", 20, "m1"),
        ("acme", "api_call", "2026-01-11", 4, None),
        ("acme", "llm_request", "2026-02-03", 40, "m1"),
        ("gone", "llm_request", "2026-01-12", 3, "m1"),
        ("down", "llm_request", "2026-01-12", 20, "m1"),
        ("less", "llm_request", "2026-01-12", 20, "m1"),
        ("back", "llm_request", "2026-01-20", 5, "m1"),
        ("back", "llm_request", "2026-02-09", 100, "m1"),
    ],
    SECOND_WAVE: [("acme", "llm_request", "2026-01-20", 5, "m2")],
}
# What is taken back, before the events of its day land: (day of landing, customer, day).
RETRACTED = {
    FIRST_WAVE: [("2026-02-02", "up", "2026-01-05"), ("2026-02-02", "back", "2026-01-03")],
    VOIDED: [
        ("2026-02-02", "up", "2026-01-04"),
        ("2026-02-02", "down", "2026-01-04"),
        ("2026-02-10", "down", "2026-01-12"),
        ("2026-02-02", "less", "2026-01-04"),
        ("2026-02-10", "less", "2026-01-12"),
    ],
}


def write_scenario(folder: Path) -> None:
    """`seeds/` and a file of events for each wave."""
    (folder / "seeds").mkdir(parents=True)
    write_price_book(folder / "seeds", [*SCENARIOS, SCENARIO])
    write_events(folder / "golden.ndjson")
    for as_of, rows in EVENTS.items():
        lines = [json.dumps(event) + "\n" for row in rows for event in _events(as_of, *row)]
        (folder / f"{as_of[:10]}.ndjson").write_text("".join(lines), "utf-8")


def retract(home: Path, as_of: str) -> None:
    """Take back what is to be taken back at `as_of`."""
    found = RETRACTED.get(as_of, [])
    ids = [f"{landed}-{customer}-llm_request-{day}-0" for landed, customer, day in found]
    if ids:
        succeed(home, "retract", *ids, "--reason", "a test", "--as-of", as_of)


def _events(as_of: str, customer: str, event_type: str, day: str, number: int, model: str | None):
    count = number if event_type == "api_call" else 1
    for index in range(count):
        yield {
            "transaction_id": f"{as_of[:10]}-{customer}-{event_type}-{day}-{index}",
            "customer_id": f"corrections-{customer}",
            "event_type": event_type,
            "timestamp": f"{day}T10:00:{index:02d}Z",
            "properties": {"model": model, "input_tokens": number} if model else {},
        }


def make_corrected(folder: Path, keep: Callable[[Path, str], None]) -> None:
    """All waves land and January and February become final; `keep(home, step)` after each run.

    Between the two, the price book gives the rate of tokens another id.
    """
    write_scenario(folder)
    home = folder / "home"
    seeds = folder / "seeds"
    for as_of in EVENTS:
        files = [str(folder / f"{as_of[:10]}.ndjson")]
        files += [str(folder / "golden.ndjson")] if as_of == ON_TIME else []
        retract(home, as_of)
        succeed(home, "ingest", "--as-of", as_of, *files)
        if as_of == ON_TIME:
            succeed(home, "run", "--as-of", as_of, seeds=seeds)
            keep(home, "on time")
    later = Path(shutil.copytree(seeds, folder / SEEDS_LATER))
    rates = (later / "rates.csv").read_text("utf-8")
    (later / "rates.csv").write_text(rates.replace("corrections-r1,", "corrections-r9,"), "utf-8")
    succeed(home, "run", "--as-of", LATER, seeds=later)
    keep(home, "late")


def rows(home: Path, query: str) -> list[tuple]:
    """Rows of a query over the marts; `{mart}` stands for its file."""
    marts = {path.stem: f"'{path}'" for path in (home / "marts").resolve().glob("*.parquet")}
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        return con.execute(query.format(**marts)).fetchall()
