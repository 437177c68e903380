"""The settings of a collector: a YAML mapping at the top of its file, read strictly."""

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import yaml

from raw_events.collectors.errors import CollectorFault
from raw_events.common.text import shown

_DURATION = re.compile(r"([0-9]{1,15})\s*(s|m|h|d|seconds?|minutes?|hours?|days?)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST = timedelta(days=10_000)


class _Loader(yaml.SafeLoader):
    """YAML without what a head does not need: anchors, which may make one line a billion values,
    and a setting named twice, of which all but one would be as if they were not there."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """A value, as it is written there."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise yaml.YAMLError(
                f"anchors and aliases (&{event.anchor}) are not taken here: write the value"
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping each of whose names stands there once."""
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name, count in Counter(names).items():
            if count > 1:
                raise yaml.YAMLError(f"`{name}` stands there twice")
        return super().construct_mapping(node, deep)


class Head:
    """Settings are taken one by one; `done` complains of what nobody took (a misspelt name).

    All raise CollectorFault, which names the file.
    """

    def __init__(self, name: str, text: str):
        self.name = name
        try:
            values = yaml.load(text, _Loader)
        # A date that no calendar has is a ValueError.
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            raise self.fault(f"its head is not YAML ({shown(error)})") from error
        if not isinstance(values, dict):
            raise self.fault("its head must be a YAML mapping: one `setting: value` a line")
        self._values: dict[Any, Any] = values

    def fault(self, what: str) -> CollectorFault:
        """An error that names the collector."""
        return CollectorFault(f"Collector {shown(self.name)}: {what}. Nothing was collected.")

    def has(self, key: str) -> bool:
        """Whether the head has a setting that nobody took yet."""
        return self._values.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """A setting that is text; without a default it must be there."""
        value = self._given(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(f"`{key}` must be text, and is {shown(value)!r}")
        return value.strip()

    def variable(self, key: str) -> str:
        """A setting that names a variable of the environment; never the secret itself."""
        name = self.text(key)
        if not _VARIABLE.fullmatch(name):
            # It may have a password: it is not said.
            raise self.fault(
                f"`{key}` is the name of an environment variable, such as PRODUCT_DB, in which the "
                "address stands; the address itself has no place in a file, for it may have a "
                "password (if it had one, change it)"
            )
        return name

    def optional(self, key: str) -> str | None:
        """A setting that is text, None if it is not there."""
        return self.text(key) if self.has(key) else None

    def flag(self, key: str) -> bool:
        """A setting that is true or false; false if it is not there."""
        value = self._values.pop(key, False)
        if not isinstance(value, bool):
            raise self.fault(f"`{key}` must be true or false, and is {shown(value)!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A text or a list of them, at least one."""
        value = self._given(key)
        found = [value] if isinstance(value, str) else value
        if not isinstance(found, list) or not found or not all(isinstance(v, str) for v in found):
            raise self.fault(f"`{key}` must be a name or a list of names, and is {shown(value)!r}")
        return tuple(found)

    def number(self, key: str, default: int) -> int:
        """A whole number above zero."""
        value = self._values.pop(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fault(f"`{key}` must be a whole number above 0, and is {shown(value)!r}")
        return value

    def duration(self, key: str, default: str | timedelta | None = None) -> timedelta:
        """Such as `90s`, `15m`, `1 hour`, `2d`; a second to 10,000 days."""
        value = self._given(key, default)
        if isinstance(value, timedelta):
            return value
        text = str(value)
        found = _DURATION.fullmatch(text.strip())
        if found is None:
            raise self.fault(f"`{key}` must be a duration such as 90s, 15m, 1h or 2d, not {text!r}")
        seconds = int(found[1]) * _SECONDS[found[2][0]]
        if seconds > _LONGEST.total_seconds():
            raise self.fault(f"`{key}` is longer than {_LONGEST.days:,} days: {shown(text)}")
        if not seconds:
            raise self.fault(f"`{key}` must be a second or more, not {text!r}")
        return timedelta(seconds=seconds)

    def paces(self, cadence: str) -> tuple[timedelta, timedelta]:
        """`cadence`, with its default, and `alert_after`: ten of them if nothing is said."""
        often = self.duration("cadence", cadence)
        return often, self.alert_after(often, 10 * often)

    def alert_after(self, cadence: timedelta, usual: timedelta) -> timedelta:
        """`alert_after`, or what is usual: a source is up to a cadence behind anyway."""
        found = self.duration("alert_after", usual)
        if found < cadence:
            raise self.fault(
                f"`alert_after` must be no shorter than `cadence` ({cadence}): between two looks a "
                "source is always that far behind"
            )
        return found

    def instant(self, key: str) -> datetime:
        """A date (00:00 UTC, S-2) or an instant with a zone, in UTC."""
        value = self._given(key)
        try:
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            if isinstance(value, datetime) and value.tzinfo is not None:
                return value.astimezone(UTC)
            if isinstance(value, date) and not isinstance(value, datetime):
                return datetime.combine(value, time(), UTC)
        except (ValueError, OverflowError):
            pass
        raise self.fault(
            f"`{key}` must be a date (2026-01-01) or an instant with a zone "
            f"(2026-01-01T00:00:00Z), and is {shown(value)!r}"
        )

    def _given(self, key: str, default: Any = None) -> Any:
        """A setting as it is written, or the default. CollectorFault if there is neither."""
        is_there, value = key in self._values, self._values.pop(key, None)
        if value is None and is_there:
            raise self.fault(f"`{key}` is empty: write a value, or leave the line out")
        if value is None and default is None:
            raise self.fault(f"its head has no `{key}`")
        return default if value is None else value

    def done(self) -> None:
        """Every setting was taken."""
        if self._values:
            unknown = ", ".join(sorted(shown(key) for key in self._values))
            raise self.fault(f"its head has settings that nobody knows: {unknown}")
