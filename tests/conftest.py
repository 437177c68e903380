"""At the end: what the tests that interrupt and damage have counted (`record_property`)."""

from collections import Counter


def pytest_terminal_summary(terminalreporter) -> None:
    """One line per property, summed over all tests that passed, in all processes."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for name, number in report.user_properties:
            counts[name] += number
    if counts:
        terminalreporter.section("counted")
        for name, number in sorted(counts.items()):
            terminalreporter.write_line(f"{name}: {number:,}")
