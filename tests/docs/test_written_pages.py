"""The pages of docs/ are whole: what is made from other files is up to date.

Guards against a list that somebody forgot when they added what it lists.
"""

import re
from collections import Counter

import pytest

from tests.docs.written import REPO, WRITTEN, page


@pytest.mark.parametrize("name", WRITTEN)
def test_what_follows_from_other_files_is_up_to_date(name: str):
    now, should = page(name)
    assert now == should, f"{name}: run `make docs`"


def test_decisions_have_numbers_of_their_own():
    names = [path.name for path in (REPO / "docs/decisions").glob("[0-9]*.md")]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)
    twice = [number for number, count in Counter(name[:4] for name in names).items() if count > 1]
    assert not twice, f"number taken twice: {', '.join(sorted(twice))}; take the next free one"
