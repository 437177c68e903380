"""Who works at this machine."""

import os
import pwd


def operating_user() -> str:
    """The operating system's user: what the environment says may be anybody."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
