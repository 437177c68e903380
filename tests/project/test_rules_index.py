"""Every billing rule S-1 to S-50 is cited where it is implemented and by at least one test.

Guards against a rule that nobody can find: a stranger searches for `S-26` and lands on the SQL that
does it and on the test that would fail without it.
"""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
RULES = {f"S-{number}" for number in range(1, 51)}
CITATION = re.compile(r"\bS-\d+\b")
RANGE = re.compile(r"\bS-(\d+) to S-(\d+)\b")
SOURCES = (
    "raw_events",
    "meterhouse",
    "dagster_pipeline",
    "dbt_project/models",
    "dbt_project/macros",
)
TESTS = ("tests", "dbt_project/tests")
ENDINGS = {".py", ".sql", ".yml", ".md", ".csv"}


def citations(folders: tuple[str, ...], root: Path = REPO) -> dict[str, set[str]]:
    """Rule → the files under `folders` that cite it; `S-3 to S-5` cites all three."""
    found: dict[str, set[str]] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in ENDINGS or path == Path(__file__).resolve():
                continue
            text = path.read_text(encoding="utf-8")
            rules = set(CITATION.findall(text))
            for first, last in RANGE.findall(text):
                rules |= {f"S-{number}" for number in range(int(first), int(last) + 1)}
            for rule in rules:
                found.setdefault(rule, set()).add(str(path.relative_to(root)))
    return found


def uncited(folders: tuple[str, ...], root: Path = REPO) -> list[str]:
    """The rules that no file under `folders` cites, in order."""
    return sorted(RULES - citations(folders, root).keys(), key=lambda rule: int(rule[2:]))


def test_a_rule_that_nothing_cites_is_found(tmp_path: Path):
    (tmp_path / "models").mkdir()
    model = tmp_path / "models" / "slices.sql"
    model.write_text("-- S-1 to S-24, S-26 to S-49; XS-25 and S-250 are something else\n", "utf-8")
    (tmp_path / "models" / "notes.txt").write_text("S-25 S-50", "utf-8")
    assert uncited(("models",), tmp_path) == ["S-25", "S-50"]
    assert citations(("models",), tmp_path)["S-30"] == {"models/slices.sql"}


def test_every_rule_is_cited_where_it_is_implemented():
    missing = uncited(SOURCES)
    assert not missing, f"no source file cites {', '.join(missing)}: say where the rule lives"


def test_every_rule_is_cited_by_a_test():
    missing = uncited(TESTS)
    assert not missing, f"no test cites {', '.join(missing)}: name the rule in the test's docstring"


def test_no_rule_is_cited_that_does_not_exist():
    unknown = {
        rule: files
        for rule, files in citations(SOURCES + TESTS).items()
        if rule not in RULES and rule != "S-0"
    }
    assert not unknown
