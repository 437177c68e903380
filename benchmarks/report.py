"""benchmarks/README.md: what stands between markers is written from results, all else stays."""

import re
from pathlib import Path
from typing import Any

from benchmarks.plot import PLOT, draw
from benchmarks.question import Question
from benchmarks.questions import QUESTIONS
from benchmarks.results_file import load
from benchmarks.rows import Rows

README = Path(__file__).parent / "README.md"


def write_report() -> list[Path]:
    """Draw the plot and write the section of each question that has results."""
    text = README.read_text(encoding="utf-8")
    for name, question in QUESTIONS.items():
        found = load(name)
        if found:
            text = put_section(text, name, "\n".join(section(question, *found)))
    written = [README]
    if draw():
        text = put_section(text, "plot", f"![Cost over size](results/{PLOT.name})")
        written.append(PLOT)
    README.write_text(text, encoding="utf-8")
    return written


def section(question: Question, document: dict[str, Any], rows: Rows) -> list[str]:
    """A question's section: what was called, where, and what came out."""
    machine = document["machine"]
    postgres = f", PostgreSQL {machine['postgresql']}" if machine["postgresql"] else ""
    return [
        f"### {question.title}",
        "",
        f"`{document['command']}`",
        "",
        f"{document['measured_on']}: {machine['cores']} cores ({machine['processor']}),"
        f" {machine['memory_gb']} GB, load before {machine['load_before']}.",
        f"Python {machine['python']}, DuckDB {machine['duckdb']}{postgres}.",
        "",
        *question.tell(rows),
    ]


def put_section(text: str, name: str, body: str) -> str:
    """`text` with what stands between the markers of `name` replaced; new markers at the end."""
    begin, end = f"<!-- {name}: written by python -m benchmarks -->", f"<!-- end of {name} -->"
    block = f"{begin}\n{body}\n{end}"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if pattern.search(text):
        return pattern.sub(lambda _: block, text)
    return f"{text.rstrip()}\n\n{block}\n"
