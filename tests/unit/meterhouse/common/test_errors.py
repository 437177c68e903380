"""Which errors a person sees as words, and with which exit status."""

import errno
import os
import sqlite3

import duckdb
import pytest

from meterhouse.common.errors import DiskError, MeterhouseError, UsageError, exit_status, user_error
from meterhouse.ledger.errors import LedgerError
from meterhouse.price_book.errors import PriceBookError
from meterhouse.warehouse.errors import ClockError
from raw_events.common.errors import LandingError


def caused(error: Exception) -> Exception:
    """Another error that was raised because of it."""
    wrapped = RuntimeError("a step failed")
    wrapped.__cause__ = error
    return wrapped


def test_errors_of_every_package_are_found_behind_others():
    for error in (UsageError("u"), LedgerError("l"), ClockError("c"), LandingError("r")):
        assert user_error(caused(caused(error))) is error


def test_a_bug_is_not_worded_for_people():
    assert user_error(caused(ValueError("bug"))) is None
    assert user_error(None) is None


def test_errors_that_cause_each_other_are_looked_at_once():
    """SQLAlchemy raises what it caught before: a command that failed so never came to its end."""
    bug = ValueError("bug")
    bug.__context__ = caused(bug)
    assert user_error(bug) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        sqlite3.OperationalError("disk I/O error\n(Background on this error at: …)"),
        duckdb.IOException("IO Error: Could not write file: File too large"),
    ],
)
def test_a_full_disk_is_worded_whoever_meets_it(error):
    worded = user_error(caused(error))
    assert isinstance(worded, DiskError) and "\n" not in str(worded)
    assert str(error).splitlines()[0] in str(worded) and "free space" in str(worded)
    # What says more goes first.
    said = LedgerError("the ledger could not be written")
    said.__cause__ = error
    assert user_error(caused(said)) is said


def test_exit_status_2_is_for_what_the_caller_must_correct():
    statuses = {
        UsageError("u"): 2,
        ClockError("c"): 2,
        PriceBookError("seeds", []): 2,
        MeterhouseError("m"): 1,
        LedgerError("l"): 1,
    }
    assert {error: exit_status(error) for error in statuses} == statuses
