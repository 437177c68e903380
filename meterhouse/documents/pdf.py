"""A document as PDF/A-3b, by typst: the same page gives the same bytes.

No font of the system is used, so a page looks the same on every machine: Noto Sans lies beside
this file, Noto Sans CJK comes with the extra, others may lie in METERHOUSE_FONTS. What no font can
show is an error of typst's (a PDF/A has no empty boxes).
"""

import os
import re
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from meterhouse.documents.errors import DocumentError, MissingExtra
from meterhouse.documents.kept import compact
from raw_events.common.files import file_sha256
from raw_events.common.text import shown

HERE = Path(__file__).parent
TEMPLATE = HERE / "invoice.typ"
FONTS = "METERHOUSE_FONTS"
_CJK = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")


class Press:
    """Prints pages; `pictures` is the folder with the files of logos. One for many pages."""

    def __init__(self, pictures: Path):
        typst = _typst()
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in _font_folders()],
        )
        pictures.mkdir(parents=True, exist_ok=True)
        self._template = TEMPLATE.read_bytes()
        self._compiler = typst.Compiler(
            root=str(pictures), font_paths=fonts, ignore_system_fonts=True
        )
        self._error = typst.TypstError

    def pdf(self, page: dict[str, Any], day: str, logo: str | None, xml: str | None) -> bytes:
        """The page, dated the beginning of `day`; `logo` is a path below `pictures`, `xml` an
        e-invoice to attach. Raises DocumentError if it cannot be printed."""
        moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
        inputs = {"page": compact(page)}
        if logo:
            inputs["logo"] = f"/{logo}"
        if xml:
            inputs["xml"] = xml
        try:
            made = self._compiler.compile(
                self._template,
                format="pdf",
                sys_inputs=inputs,
                pdf_standards=["a-3b"],
                timestamp=int(moment.timestamp()),
            )
        except self._error as error:
            raise DocumentError(_worded(str(error), error.diagnostic)) from error
        assert isinstance(made, bytes), "a PDF is one file"
        return made


@cache
def press_versions() -> dict[str, str]:
    """What the bytes of a page depend on besides the page."""
    files = [TEMPLATE, *(path for folder in _font_folders() for path in _fonts_of(folder))]
    return {"typst": version("typst")} | {path.name: file_sha256(path)[:16] for path in files}


def _typst() -> Any:
    try:
        import typst
    except ImportError as error:
        raise MissingExtra(
            "Documents are rendered by libraries that are not installed: pip install"
            " 'meterhouse[documents]'"
        ) from error
    return typst


def _font_folders() -> list[Path]:
    folders = [HERE / "fonts"]
    for package in _CJK:
        spec = find_spec(package)
        if spec is not None and spec.origin:
            folders.append(Path(spec.origin).parent)
    own = os.environ.get(FONTS)
    return [*folders, *([Path(own).expanduser().absolute()] if own else [])]


def _fonts_of(folder: Path) -> list[Path]:
    endings = (".ttf", ".otf", ".ttc", ".otc")
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in endings)


def _worded(message: str, diagnostic: str) -> str:
    """Which letters no font has, or the first that typst says."""
    texts = re.findall(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed', diagnostic)
    if texts:
        letters = "".join(dict.fromkeys(texts))
        return (
            f"No font has these letters: {shown(letters)}. Put fonts that have them (Noto Sans"
            f" Arabic, Noto Emoji, …) into a folder and name it in {FONTS}, or write the text"
            " otherwise."
        )
    return f"The page cannot be printed: {shown(message.splitlines()[0])}"
