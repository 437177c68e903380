"""The provider `files`: invoices as JSON files that another system imports.

`drafts/` has what was written and not compared yet, `invoices/` what is final, `reversals/` the
voids. A file is whole or not there, and its name is the message's key, so that writing it again
leaves one.
"""

import json
import os
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

from meterhouse.delivery.billing.provider import Document, ProviderError, Reversal
from raw_events.common.files import replaced_file, sync_path

FOLDER = "METERHOUSE_BILLING_FILES"


def billing_files(home: Path) -> Path:
    """METERHOUSE_BILLING_FILES, else `billing/` of the data directory."""
    return Path(os.environ.get(FOLDER) or Path(home) / "billing").expanduser().absolute()


class Files:
    """Writes into a folder, which another program may read at any moment."""

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, key: str) -> str | None:
        """The key, if there is its final invoice: of a draft nobody takes in a reversal."""
        return key if self._places(key)[1].is_file() else None

    def draft(self, document: Document) -> str:
        """Write the draft, if it is not final yet."""
        draft, final = self._places(document.key)
        if not final.is_file():
            named = replace(document, customer=document.customer or document.customer_id)
            _write(draft, {"object": "invoice", **asdict(named)})
        return document.key

    def total_minor(self, found: str) -> int:
        """The sum of the lines as the file has them, read again."""
        path = next((path for path in self._places(found) if path.is_file()), None)
        if path is None:
            raise ProviderError(None, f"The file of {found} is gone; it is written again.")
        lines = json.loads(path.read_text("utf-8"))["lines"]
        return sum(int(line["amount_minor"]) for line in lines)

    def finalize(self, found: str) -> None:
        """Move the draft to the final invoices."""
        draft, final = self._places(found)
        if final.is_file():
            return
        final.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(final)
        sync_path(final.parent)

    def reverse(self, found: str, reversal: Reversal) -> None:
        """Write the void beside; the invoice's file stays, as its number does."""
        _write(self.folder / "reversals" / f"{reversal.key}.json",
               {"object": "reversal", **asdict(reversal)})  # fmt: skip

    def listed(self, since: date) -> None:
        """Null: who imports the files may take them away."""

    def _places(self, key: str) -> tuple[Path, Path]:
        return self.folder / "drafts" / f"{key}.json", self.folder / "invoices" / f"{key}.json"


def _write(path: Path, content: dict[str, Any]) -> None:
    with replaced_file(path) as temporary:
        text = json.dumps(content, indent=1, ensure_ascii=False, default=str)
        temporary.write_text(text + "\n", "utf-8")
