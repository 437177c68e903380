"""Pages that follow from other files: `make docs` writes them, a test compares them.

A page that is made here has a text above the mark that people write, and below it what this module
writes. Nothing above the mark is touched.
"""

from collections.abc import Callable
from pathlib import Path

from tests.docs.decisions import decisions_index
from tests.docs.reference import metrics, price_book_and_marts
from tests.docs.rule_index import index
from tests.docs.structure import import_picture, model_picture
from tests.docs.webhook_examples import webhook_events

REPO = Path(__file__).resolve().parents[2]
MARK = "<!-- `make docs` writes what follows -->\n"


def pictures() -> str:
    """The pictures of docs/architecture.md."""
    return (
        f"## What imports what\n\n{import_picture()}\n"
        "Everything may import a `common` folder before it. An arrow that a longer way says\n"
        "already is left out.\n\n"
        f"## What reads what in dbt\n\n{model_picture()}"
    )


WRITTEN: dict[str, Callable[[], str]] = {
    "docs/architecture.md": pictures,
    "docs/decisions/README.md": decisions_index,
    "docs/interface.md": price_book_and_marts,
    "docs/metrics.md": metrics,
    "docs/webhooks.md": webhook_events,
    "tests/rules/README.md": index,
}


def page(path: str) -> tuple[str, str]:
    """What a page says now, and what it should say."""
    text = (REPO / path).read_text(encoding="utf-8")
    return text, text.split(MARK)[0] + MARK + "\n" + WRITTEN[path]()
