"""Which files cite which rule: the code that follows it and the tests that hold it."""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CITATION = re.compile(r"\bS-\d+a?\b")
CODE = ("raw_events", "meterhouse", "dagster_pipeline", "dbt_project/models", "dbt_project/macros")
TESTS = ("tests", "dbt_project/tests")
ENDINGS = {".py", ".sql", ".yml", ".md", ".csv"}
# They list rules or speak of how they are cited, and are no evidence of any.
NO_EVIDENCE = ("tests/docs/", "tests/rules/README.md")
HEADING = re.compile(r"^### (S-\d+a?) (.+)$", re.MULTILINE)
NOT_BUILT = "**Not built yet.**"


def rules(root: Path = REPO) -> dict[str, tuple[str, bool]]:
    """Rule of docs/rules.md → (its title, whether it is built), in the order of the page."""
    text = (root / "docs/rules.md").read_text("utf-8")
    headings = list(HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {
        heading[1]: (heading[2], NOT_BUILT not in text[heading.end() : end])
        for heading, end in zip(headings, ends, strict=True)
    }


def citations(folders: tuple[str, ...], root: Path = REPO) -> dict[str, dict[str, int]]:
    """Rule → the files under `folders` that cite it, with how often. A range cites nothing."""
    found: dict[str, dict[str, int]] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix not in ENDINGS or name.startswith(NO_EVIDENCE):
                continue
            for rule in CITATION.findall(without_ranges(path.read_text(encoding="utf-8"))):
                files = found.setdefault(rule, {})
                files[name] = files.get(name, 0) + 1
    return found


def without_ranges(text: str) -> str:
    """The text without `S-40 to S-42`: who cites three rules names three."""
    return re.sub(r"\bS-\d+a?\s+to\s+(?:(?:--|#)\s*)?S-\d+a?\b", "", text)


def index() -> str:
    """The table of tests/rules/README.md: each rule with its code and tests, most cited first."""
    code, tests = citations(CODE), citations(TESTS)
    lines = ["| rule | where it is done | where it is tested |", "|---|---|---|"]
    for rule, (title, is_built) in rules().items():
        if is_built:
            lines.append(
                f"| [{rule}](../../docs/rules.md#{rule.lower()}) {title} | "
                f"{_links(code.get(rule, {}))} | {_links(tests.get(rule, {}))} |"
            )
    return "\n".join([*lines, ""])


def _links(files: dict[str, int], most: int = 4) -> str:
    # Descriptions in YAML come after the SQL and Python that they describe.
    first = sorted(files, key=lambda name: (name.endswith(".yml"), -files[name], name))
    links = [f"[{name.removeprefix('tests/')}](../../{name})" for name in first[:most]]
    return ", ".join(links) + (f", {len(first) - most} more" if len(first) > most else "")
