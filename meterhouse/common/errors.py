"""Errors that are written for the person who runs the command.

raw_events does not know this package, so its errors are recognised by where they are defined: every
package of the project keeps the errors that it words for people in a module called `errors`.
"""

from collections.abc import Iterator

PACKAGES = ("raw_events", "meterhouse", "dagster_pipeline")
# In the words of the operating system and of SQLite, in which Dagster keeps its history.
DISK_SIGNS = (
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "Read-only file system",
    "Input/output error",
    "disk I/O error",
    "database or disk is full",
)


class MeterhouseError(Exception):
    """The message says what is wrong and what to do; `exit_status` is 1 failed or 2 wrong usage."""

    exit_status = 1


class UsageError(MeterhouseError):
    """The command was called wrongly."""

    exit_status = 2


class DiskError(MeterhouseError):
    """A file could not be written: the disk is full, or refuses."""


class DbtProjectError(MeterhouseError):
    """The models do not parse."""


class FrozenMetricError(DbtProjectError):
    """A published metric version is not what was published (S-14)."""

    exit_status = 2


class DbtBuildError(MeterhouseError):
    """A model or a test of the dbt project failed; nothing was published."""


def user_error(error: BaseException | None) -> BaseException | None:
    """The first error worded for people among `error` and its causes, None if there is none.

    A full disk shows itself in whatever library writes at that moment; it is worded here.
    """
    worded = next(filter(_is_worded_for_people, _causes(error)), None)
    return worded or next(filter(None, map(_disk_error, _causes(error))), None)


def exit_status(error: BaseException) -> int:
    """2 for wrong usage, an invalid price book or a refused `as_of`, else 1."""
    return getattr(error, "exit_status", 1)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    # Libraries that raise what they have caught before make rings.
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _disk_error(error: BaseException) -> DiskError | None:
    text = str(error).strip()
    if not any(sign in text for sign in DISK_SIGNS):
        return None
    return DiskError(
        f"The disk is full or cannot be written ({text.splitlines()[0]}). What is final and what "
        "was published are as they were; free space or repair the disk, then do the same again."
    )


def _is_worded_for_people(error: BaseException) -> bool:
    return any(
        parent.__module__.split(".")[0] in PACKAGES and parent.__module__.endswith(".errors")
        for parent in type(error).__mro__
    )
