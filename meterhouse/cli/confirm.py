"""Asking before something that cannot be undone."""

import sys

from meterhouse.common.errors import UsageError


def confirm(what: str, yes: bool) -> bool:
    """Whether the person says yes to `what`, a sentence; `yes` answers in advance (`--yes`).

    Raises UsageError where nobody can be asked.
    """
    if yes:
        return True
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            f"{what} Nothing was done: this cannot be undone, and there is no terminal on which to "
            "ask. Say it in advance with --yes."
        )
    try:
        return input(f"{what} This cannot be undone. Go on? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
