"""How long does a customer's page take, while others read and publications change under them?"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import Bench, apart
from benchmarks.cost import CommandFailed, Cost
from benchmarks.door.served import DOOR, cpu_seconds, peak_mb, served
from benchmarks.pages.load import PAGES
from benchmarks.pages.world import customer, publish
from benchmarks.question import Question
from benchmarks.rows import Rows
from benchmarks.tables import table
from meterhouse.server.customers.links import new_link

SECONDS, PUBLISH_SECONDS = 40.0, 10.0
# Name → readers, seconds that each reads a page, whether publications change meanwhile.
STEPS = {
    "one reader": (1, 0.1, False),
    "100 readers, each reads a page for 10 s": (100, 10.0, True),
}
GOAL = "- Goal: p50 of each page below 50 ms with 1,000 customers and 100 readers at once."
_PUBLISH = "import sys; from pathlib import Path; from benchmarks.pages.world import publish; "
_PUBLISH += "publish(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))"


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """The server's pages under each load."""
    rows = Rows()
    for size in sizes:
        home, number = bench.fresh("homes/pages"), 1
        bench.say(f"a publication of {size:,} customers")
        apart(publish, home, size, number)
        links = home / "links.txt"
        now = datetime.now(UTC)
        texts = [new_link(home, customer(one), 1, now) for one in range(size)]
        links.write_text("\n".join(texts), "ascii")
        with served(home, DOOR) as server:
            # The first publication is loaded beside the first answers.
            time.sleep(10)
            for round_number in range(bench.rounds):
                for step, (readers, pause, is_moving) in STEPS.items():
                    before = cpu_seconds(server.worker)
                    found, number = _loaded(
                        server.port, links, (readers, pause), home, size, number, is_moving
                    )
                    row = rows.row("pages", step, size)
                    cpu = cpu_seconds(server.worker) - before
                    row.costs.append(Cost(SECONDS, cpu, peak_mb(server.worker)))
                    for page in PAGES:
                        for name in ("asked", "p50", "p95"):
                            row.facts.setdefault(f"{page} {name}", []).append(found[page][name])
                    row.facts["publications"] = number
                    bench.say(
                        f"{step}, round {round_number + 1} of {bench.rounds}: "
                        + ", ".join(f"{page} {found[page]['p50']:.0f} ms" for page in PAGES)
                    )
    return rows


def _loaded(
    port: int,
    links: Path,
    of: tuple[int, float],
    home: Path,
    size: int,
    number: int,
    is_moving: bool,
) -> tuple[dict[str, dict[str, float]], int]:
    """What the load says, and the number of the last publication."""
    command = [
        *(sys.executable, "-m", "benchmarks.pages.load", "--port", str(port)),
        *("--links", str(links), "--seconds", str(SECONDS)),
        *("--readers", str(of[0]), "--pause", str(of[1])),
    ]
    load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    while is_moving and load.poll() is None:
        began = time.monotonic()
        number += 1
        # As low as a run that gives way to what serves.
        made = ["nice", sys.executable, "-c", _PUBLISH, str(home), str(size), str(number)]
        subprocess.run(made, check=True)
        time.sleep(max(0.0, PUBLISH_SECONDS - (time.monotonic() - began)))
    said, _ = load.communicate()
    if load.returncode:
        raise CommandFailed("benchmarks.pages.load ended with an error")
    found: dict[str, dict[str, float]] = json.loads(said)
    return found, number


def tell(rows: Rows) -> list[str]:
    """p50 and p95 of each page, of each load."""
    header = ["", "customers", *(f"{page}: p50 · p95 ms" for page in PAGES), "pages/s"]
    header += ["CPU ms a page", "peak MB"]
    body = []
    for row in rows:
        if row.cost is None:
            continue
        asked = sum(_median(row.facts[f"{page} asked"]) for page in PAGES)
        body.append(
            [
                row.step,
                f"{row.size:,}",
                *(
                    f"{_median(row.facts[f'{page} p50']):.0f} · "
                    f"{_median(row.facts[f'{page} p95']):.0f}"
                    for page in PAGES
                ),
                f"{asked / row.cost.wall:.0f}",
                f"{row.cost.cpu / asked * 1000:.0f}",
                f"{row.cost.peak_mb:,.0f}",
            ]
        )
    moving = (
        f"- With 100 readers a publication comes every {PUBLISH_SECONDS:g} s or as fast as it can "
        "be made, on the same cores; CPU is that of the server, loading them included."
    )
    return [*table(header, body), "", GOAL, moving]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


QUESTION = Question("pages", "Customers' pages", measure, tell, quick=(100,), full=(1_000,), unit=1)
