"""Why a request is not answered, in the words of its sender."""


class Refused(Exception):
    """An answer other than 200: its `status`, and a message that says what to do.

    400 a parameter, 403 a write, 404 nothing of that name, 405 another method (`allow`: which), 408
    a body that came too slowly, 410 a publication that is gone, 413 too much for one answer, 503
    not now (`retry_after` seconds).
    """

    def __init__(
        self,
        status: int,
        message: str,
        retry_after: int | None = None,
        allow: tuple[str, ...] = (),
    ):
        super().__init__(message)
        self.status, self.message, self.retry_after = status, message, retry_after
        self.allow = allow


class PublicationGone(Refused):
    """The publication that a `next_page` names is not kept any more, or is being removed.

    `why` says what is missing, for the publication that readers see now: that one never goes.
    """

    def __init__(self, why: str = "A file of what is published is missing.") -> None:
        super().__init__(
            410,
            "The publication that this next_page belongs to is not kept any more: runs have "
            "published since. Start again without next_page; pages of two publications are never "
            "mixed.",
        )
        self.why = why


def no_such(what: str, name: str) -> Refused:
    """404 for an object that a path or a parameter names."""
    return Refused(404, f"There is no {what} {name!r} in what is published.")
