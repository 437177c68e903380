"""`python -m demo`: a quarter of a small AI-infrastructure company, from events to invoices.

The data directory (`data/demo`, or METERHOUSE_HOME) is made anew each time.
"""

import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from demo import figures, report
from demo.company import NAME, STEPS
from demo.files import generate
from demo.marts import Marts
from demo.replay import COLLECTORS, DATABASE, PROJECT, DemoError, Replay, demo_home, fresh


def main() -> int:
    """Exit status: 0 done, 1 a command failed."""
    console = Console(soft_wrap=False)
    if not console.is_terminal:
        console = Console(width=132)
    try:
        return _demo(console)
    except DemoError as error:
        console.print(f"[red]{escape(str(error))}[/]")
        return 1


def _demo(console: Console) -> int:
    started = time.monotonic()
    home = demo_home()
    fresh(home)
    console.print(
        f"[bold]{NAME}[/] sells model tokens, document calls, GPU hours, transfer, storage and"
        " seats to 60 customers.\nThis is its first quarter of 2026: usage arrives in files and"
        f" from a database, {sum(step.run for step in STEPS)} runs of the pipeline bill it. Data:"
        f" {_short(home)}"
    )
    with console.status("making the usage files"):
        landings = generate(home / "usage_files", home / DATABASE)
    files = [path for pairs in landings for _, path in pairs]
    size = sum(path.stat().st_size for path in files) / 1e6
    console.print(
        f"{len(files)} usage files, {size:.0f} MB, and the product's database, made in"
        f" {time.monotonic() - started:.1f} s"
    )
    replay = Replay(home, console)
    replay.play(landings)
    marts = Marts(home)
    report.show(console, marts)
    _goodbye(console, home, marts, replay, time.monotonic() - started)
    return 0


def _goodbye(console: Console, home: Path, marts: Marts, replay: Replay, elapsed: float) -> None:
    ingest, run = replay.seconds["ingest"], replay.seconds["run"]
    console.print()
    console.rule("[bold]Try next", align="left", style="dim")
    commands = []
    for number, customer, kinds in marts.rows(figures.SHOWCASE, "invoices", "invoice_lines"):
        commands.append((f"meterhouse invoice {number}", f"{customer}: {kinds}"))
    for (draft,) in marts.rows(figures.SHOWCASE_DRAFT, "invoices", "invoice_lines"):
        commands.append((f"meterhouse invoice {draft}", "a draft, as it stands"))
    commands += [
        (
            f"meterhouse pages --out {_short(home)}/pages",
            "what each customer sees: index.html of a folder",
        ),
        ("meterhouse quarantine list", "the rejected lines, with their raw bytes"),
        (f"meterhouse run --as-of {STEPS[-1].as_of_text}", "nothing is billed twice"),
        ("meterhouse source list", "how far the product's database was read"),
        ("make dev", "the pipeline in the browser: http://localhost:3000"),
    ]
    width = max(len(command) for command, _ in commands)
    console.print(f"  export METERHOUSE_HOME={_short(home)} PATH=.venv/bin:$PATH")
    database = _short(home / DATABASE)
    console.print(f"  export METERHOUSE_COLLECTORS={_short(COLLECTORS)} PRODUCT_DB={database}")
    for command, meaning in commands:
        console.print(f"  {command:<{width}}  [dim]{escape(meaning)}[/]", highlight=False)
    published = ", ".join(sorted(marts.names))
    console.print(
        f"\nThe tables behind this report: {_short(home)}/marts/*.parquet ({published})."
        "\nAny tool reads them: DuckDB, pandas, Spark, a spreadsheet."
        f"\nThe price book: seeds/*.csv. The metrics: dbt_project/models/metrics/."
        f"\n{elapsed:.0f} s in all: {len(ingest)} landings ({sum(ingest):.0f} s),"
        f" {len(run)} runs ({sum(run):.0f} s)."
    )


def _short(path: Path) -> str:
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)


if __name__ == "__main__":
    sys.exit(main())
