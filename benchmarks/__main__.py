"""`python -m benchmarks [QUESTION …]`: measure, and write results, tables and plot.

    python -m benchmarks                                all questions, small
    python -m benchmarks --full                         all questions at the sizes of the goals
    python -m benchmarks limit --sizes 1 10 --rounds 5  one question, its own sizes
    python -m benchmarks report                         tables and plot from the results there are
    python -m benchmarks profile --sizes 1              where a run's seconds go; writes nothing
    python -m benchmarks drawdown                       drawdown of commits; printed only

Sizes are millions of events, for `invoices` and `history` thousands of contracts.
"""

import argparse
import shlex
import subprocess
import sys
from pathlib import Path

from benchmarks.bench import Bench, scratch_folder
from benchmarks.profile import profile
from benchmarks.question import Question
from benchmarks.questions import QUESTIONS
from benchmarks.report import write_report
from benchmarks.results_file import machine, save

OTHERS = ("report", "profile", "drawdown")
SCRATCH = Path(__file__).parent / "data"


def main(argv: list[str]) -> int:
    """Ask what the arguments name."""
    arguments = parsed(argv)
    asked = arguments.questions or [*QUESTIONS, "drawdown"]
    with scratch_folder(arguments.scratch) as scratch:
        bench = Bench(scratch, arguments.rounds, arguments.memory_limit)
        for name in asked:
            if name == "profile":
                profile(bench, [round(size * 1_000_000) for size in arguments.sizes or (1,)])
            elif name == "drawdown":
                subprocess.run([sys.executable, "-m", "benchmarks.drawdown"], check=True)
            elif name in QUESTIONS:
                ask(bench, QUESTIONS[name], arguments)
    if asked not in (["profile"], ["drawdown"]):
        for path in write_report():
            print(path)
    return 0


def ask(bench: Bench, question: Question, arguments: argparse.Namespace) -> None:
    """Measure one question and save its results under the command that asks it alone."""
    sizes = arguments.sizes or (question.full if arguments.full else question.quick)
    words = ["python", "-m", "benchmarks", question.name, "--sizes", *(f"{one:g}" for one in sizes)]
    words += ["--rounds", str(bench.rounds)]
    if question.name == "memory":
        words += ["--memory-limit", bench.memory_limit]
    bench.say(shlex.join(words))
    before = machine()
    rows = question.measure(bench, [round(size * question.unit) for size in sizes])
    save(question.name, shlex.join(words), before, rows)


def parsed(argv: list[str]) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [*QUESTIONS, *OTHERS]
    parser.add_argument(
        "questions", nargs="*", metavar="QUESTION", help=f"{', '.join(names)}; none: all questions"
    )
    parser.add_argument("--sizes", type=float, nargs="+", help="instead of the usual ones")
    parser.add_argument("--full", action="store_true", help="the sizes of the goals")
    parser.add_argument("--rounds", type=int, default=3, help="each figure is their median (3)")
    parser.add_argument("--memory-limit", default="4GB", help="of DuckDB, for `memory` (4GB)")
    parser.add_argument("--scratch", type=Path, default=SCRATCH, help="folder for what is made")
    arguments = parser.parse_args(argv)
    unknown = [name for name in arguments.questions if name not in names]
    if unknown:
        parser.error(f"no question {unknown[0]!r}; there are {', '.join(names)}")
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    return arguments


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
