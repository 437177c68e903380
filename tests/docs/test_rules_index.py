"""Every rule that is built is cited where it is implemented and by at least one test.

Guards against a rule that nobody can find: a stranger searches for `S-26` and lands on the SQL that
does it and on the test that would fail without it. A range names no rule.
"""

from pathlib import Path

import pytest

from tests.docs.rule_index import CODE, TESTS, citations, rules

BUILT = [rule for rule, (_, is_built) in rules().items() if is_built]
NOT_BUILT = [rule for rule, (_, is_built) in rules().items() if not is_built]


def test_a_range_cites_nothing(tmp_path: Path):
    (tmp_path / "models").mkdir()
    text = "-- S-1 to S-24, S-26\n-- S-35a; XS-25 and S-250 are something else; S-40 to\n-- S-42\n"
    (tmp_path / "models" / "slices.sql").write_text(text, "utf-8")
    (tmp_path / "models" / "notes.txt").write_text("S-25", "utf-8")
    found = citations(("models",), tmp_path)
    assert set(found) == {"S-26", "S-35a", "S-250"}
    assert found["S-26"] == {"models/slices.sql": 1}


@pytest.mark.parametrize("folders", [CODE, TESTS], ids=["code", "tests"])
def test_every_built_rule_is_cited(folders: tuple[str, ...]):
    cited = citations(folders)
    missing = [rule for rule in BUILT if rule not in cited]
    assert not missing, f"nothing in {', '.join(folders)} cites {', '.join(missing)} by its number"


def test_what_is_not_built_is_cited_by_no_test():
    cited = citations(TESTS)
    found = {rule: sorted(cited[rule]) for rule in NOT_BUILT if rule in cited}
    assert not found, f"docs/rules.md says that these are not built yet, tests cite them: {found}"


def test_no_rule_is_cited_that_does_not_exist():
    known = {*rules(), "S-0"}
    unknown = {rule: files for rule, files in citations(CODE + TESTS).items() if rule not in known}
    assert not unknown
