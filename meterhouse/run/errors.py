"""Errors of runs, worded for the person who runs them."""

from meterhouse.common.errors import MeterhouseError


class LiveAlready(MeterhouseError):
    """Another process runs live on the data directory."""


class CodeChanged(MeterhouseError):
    """The code on disk is not the one in memory."""
