"""Builds a small company twice on the same data: `make twice`, a part of CI.

What breaks only on the second run (an incremental model, a table that is there already) breaks
here. Each step runs twice; the second time must succeed, and must change no byte of a mart and
nothing of the ledger. A third run, not told to compute again, must see that nothing is new.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
COMMAND = [sys.executable, "-m", "meterhouse.cli"]
NOTHING_NEW = "Nothing is new since the run as of "
# as_of of a step, and the day of the month up to which events have arrived by then
STEPS = {
    "a draft": ("2026-01-20T12:00:00Z", range(1, 20)),
    "a longer draft": ("2026-01-28T00:00:00Z", range(20, 28)),
    "a final invoice": ("2026-02-02T00:00:00Z", range(0)),
}


def events(days: range) -> str:
    """NDJSON: some API calls and some LLM requests a day."""
    lines = []
    for day in days:
        for number in range(6):
            kind = "llm_request" if number % 3 == 0 else "api_call"
            properties = {
                "region": ("eu", "us", "us")[number % 3],
                "model": f"m{number % 2}",
                "input_tokens": 100 * day,
                "output_tokens": 10 * number,
            }
            event = {
                "transaction_id": f"{day}-{number}",
                "customer_id": "acme",
                "event_type": kind,
                "timestamp": f"2026-01-{day:02d}T0{number}:00:00Z",
                "properties": properties,
            }
            lines.append(json.dumps(event))
    return "".join(f"{line}\n" for line in lines)


def fingerprint(home: Path) -> dict[str, str]:
    """SHA-256 of every published mart, but `runs` with its seconds, and of the ledger's files."""
    marts = [path for path in (home / "marts").glob("*.parquet") if path.stem != "runs"]
    files = [*marts, *(home / "invoices").rglob("*")]
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(files)
        if path.is_file()
    }


def meterhouse(home: Path, *arguments: str) -> str | None:
    """Call the command on `home`: what it says, None if it fails, which is shown."""
    environment = {
        **os.environ,
        "METERHOUSE_HOME": str(home),
        "METERHOUSE_SEEDS": str(HERE / "seeds"),
    }
    done = subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(f"meterhouse {' '.join(arguments)} exited {done.returncode}")
        print(done.stdout + done.stderr)
    return None if done.returncode else done.stdout


def build_twice(home: Path, name: str, as_of: str, days: range) -> list[str]:
    """What differs between the first and the second time of a step."""
    file = home / f"{name}.ndjson"
    file.write_text(events(days), "utf-8")
    prints = []
    for _ in range(2):
        if days and meterhouse(home, "ingest", "--as-of", as_of, str(file)) is None:
            return ["ingest failed"]
        if meterhouse(home, "run", "--again", "--as-of", as_of) is None:
            return ["run failed"]
        prints.append(fingerprint(home))
    if NOTHING_NEW not in (meterhouse(home, "run", "--as-of", as_of) or ""):
        return ["a third run did not see that nothing is new"]
    first, second = prints
    return [f"{path} differs" for path in first | second if first.get(path) != second.get(path)]


def main() -> int:
    """Run all steps, one after the other, in one data directory."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="meterhouse-twice-") as scratch:
        for name, (as_of, days) in STEPS.items():
            problems = build_twice(Path(scratch), name, as_of, days)
            failed += bool(problems)
            print(f"{name}: {', '.join(problems) or 'the second run changed nothing'}", flush=True)
    print(f"{len(STEPS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
