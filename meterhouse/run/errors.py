"""Errors of runs, worded for the person who runs them."""

from meterhouse.common.errors import MeterhouseError


class CodeChanged(MeterhouseError):
    """The code on disk is not the one in memory."""
