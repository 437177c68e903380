"""Errors of the plain functions, as Dagster shows them."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from meterhouse.common.errors import user_error
from raw_events.common.hidden import without_secrets
from raw_events.common.text import shown_lines


@contextmanager
def words_not_traces() -> Iterator[None]:
    """Turn an error that is worded for people into a Failure with those words, without retries."""
    try:
        yield
    except Exception as error:
        worded = user_error(error)
        if worded is None:
            if without_secrets(str(error)) == str(error):
                raise
            raise dg.Failure(f"{type(error).__name__}: {shown_lines(error)}") from None
        # Not from it: Dagster's history would have its words as they are. It stays the context.
        raise dg.Failure(description=shown_lines(worded), allow_retries=False) from None
