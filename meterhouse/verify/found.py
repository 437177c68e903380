"""What one stage of verify found."""

from dataclasses import dataclass, field


@dataclass
class Found:
    """What was read (`counts`), what is wrong, and what else is good to know."""

    counts: dict[str, object] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
