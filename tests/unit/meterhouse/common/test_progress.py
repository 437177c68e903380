"""Progress as plain lines."""

from meterhouse.common.progress import Reporter, reporter, reporting_to, stage, summary_line


def test_a_stage_is_one_line_with_seconds_and_counts(capsys):
    with stage("ledger") as counts:
        counts["new final invoices"] = 1234
        counts["numbers"] = "INV-000001 to INV-001234"
        counts["nothing"] = None
    line = capsys.readouterr().out
    assert line.startswith("ledger ")
    assert line.endswith("s  new final invoices 1,234, numbers INV-000001 to INV-001234\n")


def test_a_stage_that_fails_reports_no_end(capsys):
    try:
        with stage("ledger"):
            raise ValueError
    except ValueError:
        pass
    assert capsys.readouterr().out == ""


def test_another_reporter_is_in_place_only_inside():
    before = reporter()
    with reporting_to(Reporter()) as new:
        assert reporter() is new
    assert reporter() is before


def test_no_counts_no_trailing_space():
    assert summary_line("events", 0.04, {}) == "events           0.0 s"
