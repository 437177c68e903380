"""What is measured is the command and its children, and what was found stays where it was.

Guards: a contestant whose work is done by children, and tables that a rerun writes twice.
"""

import subprocess
import sys

import pytest

from benchmarks.cost import CommandFailed, Cost, middle, run
from benchmarks.report import put_section
from benchmarks.rows import Row, Rows
from benchmarks.tables import cost_table, factors

# Children that take memory, or time of their own; their parent does nothing.
LARGE = "x = b'x' * 600_000_000"
BUSY = "import os\nwhile os.times().user < 0.5: pass"
MEASURE = """
import sys
from pathlib import Path
from benchmarks.cost import run
assert run([sys.executable, "-c", ""], Path(sys.argv[1])).peak_mb < 570
"""
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_the_time_of_children_counts(tmp_path):
    cost = run([sys.executable, "-c", PARENT, BUSY], tmp_path / "output")
    assert cost.cpu >= 0.5
    assert cost.wall >= 0.5


def test_the_memory_of_children_counts(tmp_path):
    assert run([sys.executable, "-c", PARENT, LARGE], tmp_path / "output").peak_mb >= 570


def test_memory_is_that_of_the_command(tmp_path):
    # From a small process, as benchmarks are: a child of this one begins with this one's memory.
    subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path / "output")], check=True)


def test_a_failure_is_told_with_what_the_command_said(tmp_path):
    with pytest.raises(CommandFailed, match=r"(?s)ended with 3:.*no disk"):
        run([sys.executable, "-c", "print('no disk'); raise SystemExit(3)"], tmp_path / "output")


def test_steps_add_up_and_rounds_have_a_median():
    assert Cost(1, 2, 30) + Cost(4, 5, 20) == Cost(5, 7, 30)
    assert middle([Cost(9, 1, 5), Cost(1, 2, 4), Cost(2, 9, 6)]) == Cost(2, 2, 5)


def test_tables_say_why_a_figure_is_missing():
    rows = Rows(
        [
            Row("pipeline", "all", 10, [Cost(6, 1, 2)]),
            Row("postgres", "all", 10, note="not installed"),
            Row("script", "all", 10, [Cost(2, 1, 2)]),
        ]
    )
    assert cost_table(rows, "events")[2:] == [
        "| pipeline: all | 6.0 · 1.0 · 2 |",
        "| postgres: all | not installed |",
        "| script: all | 2.0 · 1.0 · 2 |",
    ]
    assert factors(rows, "all", "pipeline", ["script", "postgres"], "")[2:] == [
        "| pipeline ÷ script | 3.00 × |",
        "| pipeline ÷ postgres | – |",
    ]


def test_a_section_is_replaced_in_place_and_the_rest_stays():
    text = put_section(put_section("# Title\n\nWords.\n", "first", "old"), "second", "two")
    again = put_section(text, "first", r"new \1")
    assert again == text.replace("old", r"new \1")
    assert again.startswith("# Title\n\nWords.\n")
