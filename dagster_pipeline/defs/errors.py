"""Errors of the plain functions, as Dagster shows them."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from meterhouse.common.errors import user_error


@contextmanager
def words_not_traces() -> Iterator[None]:
    """Turn an error that is worded for people into a Failure with those words, without retries."""
    try:
        yield
    except Exception as error:
        worded = user_error(error)
        if worded is None:
            raise
        raise dg.Failure(description=str(worded), allow_retries=False) from worded
