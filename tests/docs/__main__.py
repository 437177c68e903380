"""`make docs`: write the pages and lists that follow from other files.

With `--check` nothing is written: exit 1 where one is not up to date (`make check`, in seconds,
before a suite of minutes says the same).
"""

import sys

from tests.docs.written import REPO, WRITTEN, page

check = "--check" in sys.argv[1:]
stale = False
for name in WRITTEN:
    old, new = page(name)
    if old == new:
        continue
    stale = True
    if check:
        print(f"{name} is not up to date: run `make docs` and commit what it writes.")
    else:
        (REPO / name).write_text(new, encoding="utf-8")
        print(f"written: {name}")
sys.exit(1 if check and stale else 0)
