"""At the end: what the tests have counted (`record_property`), and how long each folder took."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time, so that a change is judged by what it changes; no test is timed.
settings.register_profile("meterhouse", derandomize=True, deadline=None)
settings.load_profile("meterhouse")

# Seconds of all processes together, on two idle cores. A folder that takes longer
# is named, never failed: machines are noisy. `make test` has ten minutes of the clock.
BUDGETS = {
    "unit": 240,
    "project": 180,
    "docs": 60,
    "golden": 240,
    "browser": 120,
    "pricing": 180,
    "commits": 240,
    "alerts": 40,
    "integration": 180,
    "long": 1500,
    "upgrade": 180,
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A line per property, summed over all tests that passed; a line per folder of tests."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, number in report.user_properties:
            counts[name] += number
    if counts:
        terminalreporter.section("counted")
        for name, number in sorted(counts.items()):
            terminalreporter.write_line(f"{name}: {number:,}")
    seconds = _seconds(terminalreporter)
    terminalreporter.section("seconds by folder, and their budget")
    for folder, spent in sorted(seconds.items()):
        budget = BUDGETS.get(folder, 0)
        over = "  over" if spent > budget else ""
        terminalreporter.write_line(f"{folder:<12}{spent:8.0f}{budget:8}{over}")


def _seconds(terminalreporter: pytest.TerminalReporter) -> Counter[str]:
    """What set-up, tests and tear-down took, by the folder below `tests/`."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            parts = Path(getattr(report, "nodeid", "").split("::")[0]).parts
            if len(parts) > 1 and parts[0] == "tests":
                seconds[parts[1]] += getattr(report, "duration", 0)
    return seconds
