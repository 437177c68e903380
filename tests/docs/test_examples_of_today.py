"""Guards against an example to paste whose date the door and landing call too old (S-6)."""

import re
from pathlib import Path

import pytest

_FIXED = re.compile(r'timestamp\\?"?\s*[:=]\s*\\?"?20[0-9]{2}-')
_PAGES = sorted([Path("README.md"), *Path("docs").glob("*.md")])


@pytest.mark.parametrize("page", _PAGES, ids=str)
def test_an_event_to_paste_is_of_today(page: Path) -> None:
    text = page.read_text("utf-8")
    for found in _FIXED.finditer(text):
        if "transaction_id" not in text[max(0, found.start() - 300) : found.start()]:
            continue
        # Or the page says so, right behind it.
        assert "too_old" in text[found.start() : found.start() + 500], found[0]
