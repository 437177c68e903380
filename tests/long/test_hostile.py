"""The hostile corpus (tests/hostile) against one data directory, while a known month is billed.

Guards against a file, a price book or a metric that stops a run, changes a cent of somebody else's
invoice, needs the machine's memory (S-67), or carries a secret to where people read.
"""

import json
import shutil
import threading
from pathlib import Path

import duckdb
import pytest

from meterhouse.common.errors import user_error
from meterhouse.metrics.checks import check_metrics
from meterhouse.metrics.registry import lookup_columns, metric_group_keys
from meterhouse.price_book import load_price_book
from tests.hostile import metrics, price_books
from tests.hostile.files import LARGE, SMALL, event, put
from tests.long.company import FINAL, SEEDS, meterhouse, start, succeed

MOST_MEMORY = 1_536
SECRET = "correct-horse-battery"
INVOICES = "select invoice_id, invoice_number, status, subtotal, total from '{}/invoices.parquet'"
LINES = (
    "select invoice_id, line_number, quantity, unit_price, amount from '{}/invoice_lines.parquet'"
)


def billed(home: Path) -> list[tuple]:
    """What Acme's invoices say, to the cent."""
    marts = home / "marts"
    return [
        duckdb.sql(
            query.format(marts) + " where invoice_id like 'acme-1.%' order by all"
        ).fetchall()
        for query in (INVOICES, LINES)
    ]


def book_with_evil(folder: Path) -> Path:
    """The company's price book, and one contract whose usage fits no type (S-52)."""
    shutil.copytree(SEEDS, folder)
    with (folder / "customers.csv").open("a") as file:
        file.write("evil,=Evil+\x1b[2J\u202ecorp\n")
    with (folder / "contracts.csv").open("a") as file:
        file.write("evil-1,evil,list,2026-01-01,,monthly,first_of_month,,\n")
    return folder


def too_much() -> str:
    """300 events whose weight leads out of the type; their ids move a terminal's cursor."""
    return "".join(
        json.dumps(
            {
                "transaction_id": f"evil\x1b[2J\u202e-{number}",
                "customer_id": "evil",
                "event_type": "llm_request",
                "timestamp": "2026-01-27T00:00:00Z",
                "properties": {"input_tokens": 0, "output_tokens": "999999999999999"},
            }
        )
        + "\n"
        for number in range(300)
    )


def throw(inbox: Path, stop: threading.Event, thrown: list[int]) -> None:
    """Files come while the run works, whole and in parts, until it is done."""
    for number in range(10_000):
        for file in SMALL[:: 1 + number % 3]:
            if stop.wait(0.05):
                return
            target = inbox / f"{number}-{file.name[:150]}"
            if not target.is_symlink() and not target.exists():
                file.make(target)
                thrown[0] += 1


def test_a_known_month_comes_out_to_the_cent(
    made: Path, drafts: Path, tmp_path: Path, monkeypatch, record_property
) -> None:
    monkeypatch.setenv("SOURCE_PASSWORD", SECRET)
    monkeypatch.setenv("SOURCE_URL", f"postgresql://reader:{SECRET}@db.example/usage")
    inbox, seeds = drafts / "inbox", book_with_evil(tmp_path / "seeds")
    put(SMALL, inbox)
    (inbox / "too much.ndjson").write_text(too_much())
    (inbox / "good.ndjson").write_bytes(event("good"))
    stop, thrown = threading.Event(), [len(SMALL)]
    thrower = threading.Thread(target=throw, args=(inbox, stop, thrown))
    run = start(drafts, "run", "--as-of", FINAL, seeds=seeds)
    thrower.start()
    try:
        said = run.communicate(timeout=900)[0]
    finally:
        stop.set()
        thrower.join()
    # Evil's contract is held, and nothing else is wrong.
    assert run.returncode == 1, said
    assert "contract evil-1, product tokens" in said
    assert billed(drafts) == billed(made / "final")
    held = duckdb.sql(f"select contract_id from '{drafts}/marts/held_contracts.parquet'").fetchall()
    assert set(held) == {("evil-1",)}
    # What came meanwhile ends too, and changes nothing.
    status, more = meterhouse(drafts, "run", "--as-of", FINAL, seeds=seeds)
    assert status == 1, more
    assert billed(drafts) == billed(made / "final")
    left = [path.name for path in inbox.iterdir() if path.name not in ("landed", "refused")]
    assert left == []
    assert (inbox / "landed" / "good.ndjson").is_file()
    said += more + succeed(drafts, "verify", seeds=seeds)
    assert not set(said) & {"\x1b", "\u202e"}
    for place in ("dagster", "dbt", "logs", "inbox"):
        for path in (drafts / place).rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert SECRET.encode() not in path.read_bytes(), path
    for log in [*(drafts / "logs").rglob("*.log"), *inbox.glob("*/*.report.txt")]:
        assert b"\x1b" not in log.read_bytes(), log
    record_property("hostile files beside a known month", thrown[0])
    record_property("held contracts, the others billed", len(set(held)))


def test_what_unpacks_to_gigabytes_stays_within_the_budget(tmp_path: Path, record_property) -> None:
    put(LARGE, tmp_path / "inbox")
    (tmp_path / "inbox" / "zz.ndjson").write_bytes(event("good"))
    process = start(tmp_path, script=str(Path(__file__).with_name("landing_within.py")))
    said = process.communicate(timeout=1_800)[0]
    assert process.returncode == 0, said
    ends = {
        file.name: [
            place
            for place in ("landed", "refused")
            if (tmp_path / "inbox" / place / file.name).exists()
        ]
        for file in LARGE
    }
    assert ends == {file.name: [file.ends] for file in LARGE}, said
    assert (tmp_path / "inbox" / "landed" / "zz.ndjson").exists()
    assert int(said.split()[-1]) <= MOST_MEMORY
    record_property("hostile files within the budget of memory", len(LARGE))


def test_hostile_price_books_are_refused_in_words(tmp_path: Path, record_property) -> None:
    for number, (what, (table, content)) in enumerate(price_books.REFUSED.items()):
        seeds = tmp_path / str(number)
        shutil.copytree(SEEDS, seeds)
        (seeds / f"{table}.csv").write_bytes(content)
        with pytest.raises(Exception) as refused:  # noqa: PT011  (which one is looked at below)
            load_price_book(seeds, metric_group_keys(), lookup_columns())
        assert user_error(refused.value) is refused.value, what
    record_property("hostile price books refused", len(price_books.REFUSED))


def test_hostile_metrics_are_refused_in_words(tmp_path: Path, monkeypatch, record_property) -> None:
    for number, (what, (name, text)) in enumerate(metrics.REFUSED.items()):
        own = tmp_path / str(number)
        (own / "jobs").mkdir(parents=True)
        (own / "published_metrics.csv").write_text("metric,version,sha256\n")
        (own / "jobs" / name).write_text(text)
        monkeypatch.setenv("METERHOUSE_METRICS", str(own))
        with pytest.raises(Exception) as refused:  # noqa: PT011  (which one is looked at below)
            check_metrics()
        assert user_error(refused.value) is refused.value, what
    record_property("hostile metrics refused", len(metrics.REFUSED))
