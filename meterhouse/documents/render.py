"""The files of one document, from what it says: page, spreadsheet, e-invoice, checked."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from meterhouse.documents import einvoice, hybrid, sheet, words
from meterhouse.documents import page as page_module
from meterhouse.documents.einvoice import FACTURX, UBL, einvoice_xml
from meterhouse.documents.errors import DocumentError, MissingExtra
from meterhouse.documents.hybrid import as_facturx
from meterhouse.documents.page import page
from meterhouse.documents.pdf import Press, press_versions
from meterhouse.documents.schematron import Validator
from meterhouse.documents.sheet import sheet_bytes
from meterhouse.reports import invoice_lines
from meterhouse.reports import text as reports_text
from raw_events.common import text as common_text

Content = dict[str, Any]
# What the bytes depend on besides the content and the press; of the e-invoice only where one is.
_LIBRARIES = ("xlsxwriter",)
_EINVOICE = ("factur-x", "pypdf")
_LAYOUT = (page_module, sheet, einvoice, hybrid, words, invoice_lines, reports_text, common_text)


class Renderer:
    """Renders documents; `pictures` has the files of logos. Use as a context manager."""

    def __init__(self, pictures: Path, validator: Validator | None = None):
        self._press = Press(pictures)
        self._validator = validator or Validator()

    def __enter__(self) -> "Renderer":
        return self

    def __exit__(self, *error: object) -> None:
        self._validator.__exit__(*error)

    def files(self, content: Content) -> dict[str, bytes]:
        """Format → the file's bytes. Raises DocumentError, and then there is none of them."""
        try:
            return self._files(content)
        except ImportError as error:
            raise MissingExtra(
                f"{error.name} is not installed, which documents need: pip install"
                " 'meterhouse[documents]'"
            ) from error

    def _files(self, content: Content) -> dict[str, bytes]:
        form = content["einvoice"]
        xml = None if form == "none" else self._checked(form, einvoice_xml(content))
        logo = content["seller"]["logo"]
        place = f"{logo['sha256'][:2]}/{logo['sha256']}.{logo['format']}" if logo else None
        attached = xml.decode("utf-8") if xml and form == FACTURX else None
        pdf = self._press.pdf(page(content), content["issue_on"], place, attached)
        found = {"pdf": as_facturx(pdf) if attached else pdf, "xlsx": sheet_bytes(content)}
        return found | ({"xml": xml} if xml and form == UBL else {})

    def _checked(self, form: str, xml: bytes) -> bytes:
        broken = self._validator.broken_rules(form, xml)
        if broken:
            more = f" (and {len(broken) - 3} more)" if len(broken) > 3 else ""
            raise DocumentError(
                f"The e-invoice breaks official rules: {' '.join(broken[:3])}{more} Correct the "
                "customer's row in billing_accounts.csv or the seller's in sellers.csv."
            )
        return xml


def versions(content: Content) -> dict[str, str]:
    """Of all that the bytes of a document depend on besides its content."""
    libraries = (*_LIBRARIES, *(_EINVOICE if content["einvoice"] != "none" else ()))
    made_by = press_versions() | {name: version(name) for name in libraries}
    return made_by | {"layout": _layout()}


@cache
def _layout() -> str:
    """The digest of the code that puts a document into words: another release has another one, and
    what an earlier one rendered is not called changed."""
    code = hashlib.sha256()
    for module in _LAYOUT:
        code.update(Path(str(module.__file__)).read_bytes())
    return code.hexdigest()[:16]
