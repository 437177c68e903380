"""`make docs`: write the pages and lists that follow from other files."""

from tests.docs.written import REPO, WRITTEN, page

for name in WRITTEN:
    old, new = page(name)
    if old != new:
        (REPO / name).write_text(new, encoding="utf-8")
        print(f"written: {name}")
