"""What came of a build."""

from dataclasses import dataclass

SUCCESS = frozenset({"success", "pass", "warn"})


@dataclass(frozen=True)
class NodeResult:
    """One model or test that was run.

    `status` is dbt's word: success, error; pass, warn, fail; skipped. `failures` is the number of
    rows a test returned, `rows` how many a model wrote (None for a view).
    """

    unique_id: str
    status: str
    seconds: float
    failures: int | None
    message: str
    # As it was run; empty for tests that ran, and where it was left out.
    sql: str = ""
    rows: int | None = None

    @property
    def succeeded(self) -> bool:
        """Whether it did what it should; a skipped one did not."""
        return self.status in SUCCESS


@dataclass(frozen=True)
class Build:
    """What was run, in order; `error` says in words why it stopped, None if all is well."""

    results: list[NodeResult]
    error: str | None

    def counts(self) -> dict[str, int]:
        """How many models and tests succeeded."""
        done = [result.unique_id.split(".")[0] for result in self.results if result.succeeded]
        return {"models": done.count("model"), "tests": done.count("test")}
