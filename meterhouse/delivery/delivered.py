"""What a pass of deliveries did, in numbers and in words."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from meterhouse.delivery.attempts import DEAD, DELIVERED, FAILED, HELD

_NEXT = {
    FAILED: "tried again by itself, see: meterhouse deliveries list --target {target}",
    DEAD: (
        "given up; mend the receiver, then: meterhouse deliveries replay --dead --target {target}"
    ),
    HELD: "it waits for a person: meterhouse deliveries list --outcome held --target {target}",
}


@dataclass
class Delivered:
    """`outcomes`: attempts by outcome. `troubles`: sentences of what could not even be tried.
    `missed`: of attempts that did not deliver, how many by target, outcome and answer. `reached`:
    targets that took something; `silent`: those that did not answer, and are left alone.
    """

    outcomes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    troubles: list[str] = field(default_factory=list)
    missed: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    reached: set[str] = field(default_factory=set)
    silent: list[str] = field(default_factory=list)

    def note(self, target: str, outcome: str, answer: str) -> None:
        """Count an attempt."""
        self.outcomes[outcome] += 1
        if outcome == DELIVERED:
            self.reached.add(target)
        else:
            self.missed[target, outcome, answer or "no answer"] += 1

    def line(self) -> str:
        """In a sentence, for people."""
        counts = ", ".join(f"{count:,} {name}" for name, count in sorted(self.outcomes.items()))
        return f"Deliveries: {counts or 'nothing was due'}."

    def reasons(self) -> list[str]:
        """Why attempts did not deliver, a line for each target, outcome and answer."""
        lines = [
            f"{target}: {count:,} {outcome} ({answer}); {_NEXT[outcome].format(target=target)}"
            for (target, outcome, answer), count in sorted(self.missed.items())
        ]
        return lines + [
            f"{target}: it did not answer three times in a row, so nothing more is sent to it "
            "before the next pass."
            for target in sorted(self.silent)
        ]

    def is_trouble(self) -> bool:
        """Whether a target could not be sent to, or took nothing of what was sent to it."""
        return bool(self.troubles) or any(each not in self.reached for each, _, _ in self.missed)
