"""The office's page of a line says what `meterhouse explain` prints of it.

Guards against a page that leaves out a step between an amount and its events.
"""

import asyncio

import duckdb
import pytest

from meterhouse.reports.explain import explain, text_of
from meterhouse.reports.explain_case import Section

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

EVENTS = 2


@pytest.mark.parametrize("line_type", ["usage", "commit_applied", "late_usage"])
def test_the_office_page_shows_what_the_command_prints(corrected, line_type):
    from meterhouse.server.office.explained import Explainer

    home = corrected / "late"
    lines = duckdb.sql(
        "select invoice_id, line_number "
        f"from '{(home / 'marts').resolve()}/invoice_lines.parquet' "
        f"where line_type = '{line_type}' order by all"
    ).fetchall()
    asked = Explainer(home).sections(*lines[0], EVENTS)
    shown = [
        Section(part["title"], part["facts"], part["columns"], part["rows"])
        for part in asyncio.run(asked)
    ]
    assert text_of(shown) == text_of(explain(home, *lines[0], EVENTS))
