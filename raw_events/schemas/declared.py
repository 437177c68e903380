"""What a schema says of one property (S-64)."""

from dataclasses import dataclass
from decimal import Decimal

# What `type` may ask for.
KINDS = ("string", "number", "integer", "boolean", "object", "array", "null")


@dataclass(frozen=True)
class Member:
    """A value of an `enum`: its kind (a number's is `number`) and what it is equal by."""

    kind: str
    value: str | Decimal | bool | None


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
    def reads_numbers(self) -> bool:
        """Whether a text that is a plain decimal is the number that it says (S-10)."""
        return bool({"number", "integer"} & set(self.types)) and "string" not in self.types

    @property
    def reads_booleans(self) -> bool:
        """Whether the texts `true` and `false` are what they say."""
        return "boolean" in self.types and "string" not in self.types
