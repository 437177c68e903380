"""The steps of the scenarios about books, from January to the close of March."""

from pathlib import Path

from tests.golden.merge import prefixed, read_csv

FOLDER = Path(__file__).parent
SCENARIOS = sorted(path for path in (FOLDER / "scenarios").iterdir() if path.is_dir())
# Step → when its events land (of `<step>.ndjson`), and when it runs. What a step takes back and
# voids comes before its run.
STEPS = {
    "january": ("2026-01-31T23:00:00Z", "2026-02-02T00:00:00Z"),
    "february": ("2026-02-28T23:00:00Z", "2026-03-02T00:00:00Z"),
    "void": ("2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z"),
    "late": ("2026-03-15T08:00:00Z", "2026-03-15T09:00:00Z"),
    "march": ("2026-03-31T23:00:00Z", "2026-04-02T00:00:00Z"),
}
LAST = "march"
# The last step once more, with other policies and no month closed.
POLICIES = {
    "allocated": [{"policy": "free_credit", "value": "allocated", "rate": ""}],
    "proportional": [{"policy": "breakage", "value": "proportional", "rate": "0.125"}],
}


def listed(name: str, column: str, step: str) -> list[str]:
    """The ids that `<name>.csv` of the scenarios has for a step, as they stand in the run."""
    return [
        prefixed(path.name, "x_id", row[column])
        for path in SCENARIOS
        if (path / f"{name}.csv").exists()
        for row in read_csv(path / f"{name}.csv")
        if row["step"] == step
    ]
