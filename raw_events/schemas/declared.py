"""What a schema says of one property (S-64)."""

import json
from dataclasses import dataclass
from decimal import Decimal

# What `type` may ask for.
KINDS = ("string", "number", "integer", "boolean", "object", "array", "null")

# Of the values of an `enum` in a message, and of each the characters.
_MEMBERS, _SHOWN = 5, 40


@dataclass(frozen=True)
class Member:
    """A value of an `enum`: its kind (a number's is `number`) and what it is equal by."""

    kind: str
    value: str | Decimal | bool | None

    @property
    def text(self) -> str:
        """As JSON writes it, its beginning at least."""
        if isinstance(self.value, Decimal):
            return f"{self.value:f}"
        if isinstance(self.value, str):
            return json.dumps(self.value[:_SHOWN], ensure_ascii=False)
        return json.dumps(self.value)


@dataclass(frozen=True)
class PropertySchema:
    """What one property may be. `types` are kinds of values (KINDS); empty: any."""

    name: str
    types: tuple[str, ...] = ()
    enum: tuple[Member, ...] | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    is_required: bool = False

    @property
    def enum_text(self) -> str:
        """The values that may be, the first of them at least: `one of "card", "bank"`."""
        values = self.enum or ()
        more = f" and {len(values) - _MEMBERS:,} more" if len(values) > _MEMBERS else ""
        return f"one of {', '.join(one.text for one in values[:_MEMBERS])}{more}"

    @property
    def reads_numbers(self) -> bool:
        """Whether a text that is a plain decimal is the number that it says (S-10)."""
        return bool({"number", "integer"} & set(self.types)) and "string" not in self.types

    @property
    def reads_booleans(self) -> bool:
        """Whether the texts `true` and `false` are what they say."""
        return "boolean" in self.types and "string" not in self.types
