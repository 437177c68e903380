"""How many events does the HTTP door acknowledge, each on the disk before its answer?"""

from datetime import UTC, datetime

from benchmarks.bench import Bench
from benchmarks.cost import Cost
from benchmarks.door.served import BARE, DOOR, peak_mb, served
from benchmarks.question import Question
from benchmarks.rows import Row, Rows
from benchmarks.tables import table
from meterhouse.server.tokens import new_token

# Name → (events in a request, requests of a million events, connections).
LOADS = {"batches of 100": (100, 10_000, 16), "single events": (1, 20_000, 64)}
GOALS = {
    "batches of 100": "150,000 events a second",
    "single events": "2,000 requests a second",
}
SERVERS = {"door": DOOR, "bare server": BARE}
LANDING = "from the last acknowledgement to the log"


def measure(bench: Bench, sizes: list[int]) -> Rows:
    """The door and a server without checks, token and disk, under the same load."""
    rows = Rows()
    for size in sizes:
        for number in range(bench.rounds):
            for name, module in SERVERS.items():
                home = bench.fresh(f"homes/{name.replace(' ', '-')}")
                text, _ = new_token(home, "load", datetime.now(UTC), rate=1_000_000)
                with served(home, module) as server:
                    for load, (events, per_million, connections) in LOADS.items():
                        requests = max(connections, size * per_million // 1_000_000)
                        found = server.load(text, requests, events, connections)
                        row = rows.row(name, load, size)
                        memory = peak_mb(server.worker)
                        row.costs.append(Cost(found["seconds"], found["cpu"], memory))
                        _note(row, requests, events, found)
                        if module is DOOR and events > 1:
                            landed = Cost(server.land(), 0.0, 0.0)
                            rows.row(name, LANDING, size).costs.append(landed)
                        bench.say(
                            f"{name}, {load}, round {number + 1} of {bench.rounds}:"
                            f" {requests / found['seconds']:,.0f} requests a second"
                        )
    return rows


def _note(row: Row, requests: int, events: int, found: dict[str, float]) -> None:
    row.facts |= {"requests": requests, "events": events, "bytes": found["bytes"]}
    for share in ("p50", "p99"):
        row.facts.setdefault(f"{share}_ms", []).append(found[share])


def tell(rows: Rows) -> list[str]:
    """Rates, latencies and CPU, of each server and load."""
    header = ["", "size", "requests/s", "events/s", "p50 ms", "p99 ms", "CPU µs a request"]
    header += ["CPU µs an event", "peak MB"]
    body = [
        _line(row) for row in rows if row.step in LOADS and row.cost is not None and row.cost.wall
    ]
    landing = [
        f"- {row.size:,} events, {LANDING}, when a run asks (the start of a process included, and "
        f"less what the lander had landed while they came): {row.cost.wall:.1f} s."
        for row in rows
        if row.step == LANDING and row.cost
    ]
    goals = [f"- Goal, {name}: {goal}." for name, goal in GOALS.items()]
    return [*table(header, body), "", *goals, *landing]


def _line(row: Row) -> list[str]:
    assert row.cost is not None
    requests, events = row.facts["requests"], row.facts["events"]
    p50, p99 = (sorted(row.facts[name])[len(row.facts[name]) // 2] for name in ("p50_ms", "p99_ms"))
    cpu = row.cost.cpu / requests * 1_000_000
    return [
        f"{row.contestant}, {row.step}",
        f"{requests * events:,}",
        f"{requests / row.cost.wall:,.0f}",
        f"{requests * events / row.cost.wall:,.0f}",
        f"{p50:.1f}",
        f"{p99:.1f}",
        f"{cpu:,.0f}",
        f"{cpu / events:.1f}",
        f"{row.cost.peak_mb:,.0f}",
    ]


QUESTION = Question("door", "Events over HTTP", measure, tell, quick=(0.2,), full=(1,))
