"""Contracts with caps and balances, worked out by hand, for test_caps.py (S-57, S-37 to S-41)."""

from dataclasses import dataclass
from datetime import date

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@dataclass(frozen=True)
class Contract:
    """Lines `(type, product, amount)` of January, on its open invoice; or on its final one, and
    then `late` ones on February's draft.

    `caps`: a cap's id → the products that it counts. `paid`: of the final lines, by place from 1.
    `commit`: its type, what it grants, and the product that it is restricted to.
    """

    caps: dict[str, tuple[str, ...]]
    lines: tuple[tuple[str, str, int], ...]
    late: tuple[tuple[str, str, int], ...] = ()
    paid: tuple[tuple[int, int], ...] = ()
    commit: tuple[str, int, str | None] = ("credit", 50, None)


EVERYTHING = {"all": ("a", "b", "support")}
# What balances pay of each line, by its product or, of a cap, its id; negative where they get back.
CASES = {
    # 30 + 3 is capped to 20: the last in the order, the percentage, is taken off first.
    "a cap is not paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "all", -13)),
        ),
        {"a": 20},
    ),
    "a cap of one product leaves the others": (
        Contract(
            {"of a": ("a",)},
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "of a", -10)),
        ),
        {"a": 20, "support": 3},
    ),
    "one cap after the other": (
        Contract(
            {"of b": ("b",), **EVERYTHING},
            (("usage", "b", 30), ("usage", "a", 30), ("cap", "of b", -10), ("cap", "all", -15)),
        ),
        # b, the dearer one, stands first: 20 of it are left by its own cap, and all by the other.
        {"b": 20, "a": 15},
    ),
    "late usage over a cap is not paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", 5), ("composite", "support", 1), ("cap", "all", -6)),
            paid=((1, 20),),
        ),
        {},
    ),
    "late usage below a cap is": (
        Contract(
            EVERYTHING,
            (("usage", "a", 15),),
            late=(("late_usage", "a", 10), ("cap", "all", -5)),
            paid=((1, 15),),
        ),
        {"a": 5},
    ),
    # 30 capped to 20, then 25 are left: 5 less are capped, and no money moves.
    "what was never charged does not come back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -5), ("cap", "all", 5)),
            paid=((1, 20),),
        ),
        {},
    ),
    # 15 are left of 30: 5 of the 20 that were paid go back, the other 10 are the cap's.
    "what was paid goes back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -15), ("cap", "all", 10)),
            paid=((1, 20),),
        ),
        {"a": -5},
    ),
    # 30 and then 20 + 10 are capped to 10, which is paid: the 10 less of a were the cap's.
    "late lines under a full cap move nothing": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -20)),
            late=(("late_usage", "a", -10), ("late_usage", "b", 10)),
            paid=((1, 10),),
        ),
        {},
    ),
    "nor do they where the cap takes more off": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -20)),
            late=(("late_usage", "a", -10), ("late_usage", "b", 15), ("cap", "all", -5)),
            paid=((1, 10),),
        ),
        {},
    ),
    # a 30 was charged in full, as b is: what a gives back is money, and b is paid (S-38).
    "a cap that was never reached sets nothing off": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30),),
            late=(("late_usage", "a", -10), ("late_usage", "b", 10)),
            paid=((1, 10),),
        ),
        {"b": 10},
    ),
    # a is capped to 20, all to 30: 20 are paid, then a 20, b 40. Both caps print the same product.
    "one cap takes nothing off what another gives back": (
        Contract(
            {"of a": ("a",), **EVERYTHING},
            (("usage", "a", 40), ("cap", "of a", -20)),
            late=(
                ("late_usage", "a", -20), ("late_usage", "b", 40),
                ("cap", "of a", 20), ("cap", "all", -30),
            ),
            paid=((1, 20),),
        ),
        {"b": 10},
    ),
    # a 10, b 15: of 20 that were paid of a, 10 go back. The money that a leaves, 10, is set against
    # the cap, the last; what is left of it, 5, and b are paid again.
    "what is left of a positive cap is paid": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("usage", "b", 10), ("cap", "all", -20)),
            late=(("late_usage", "a", -20), ("late_usage", "b", 5), ("cap", "all", 15)),
            paid=((1, 20),),
        ),
        {"a": -10, "b": 5, "all": 5},
    ),
    "but by no balance that is restricted, even to the product of the cap's line": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("usage", "b", 10), ("cap", "all", -20)),
            late=(("late_usage", "a", -20), ("late_usage", "b", 5), ("cap", "all", 15)),
            paid=((1, 20),),
            commit=("credit", 50, "fee"),
        ),
        {"a": -10},
    ),
    "a minimum is not paid": (
        Contract(EVERYTHING, (("usage", "a", 10), ("minimum", "all", 90))), {"a": 10}
    ),
    "a pledge counts what is paid in money alone": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "all", -13)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 20},
    ),
    "a pledge counts what the cap of another product leaves alone": (
        Contract(
            {"of a": ("a",)},
            (("usage", "a", 30), ("composite", "support", 3), ("cap", "of a", -10)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 23},
    ),
    "a pledge counts what a cap takes off late no longer": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "b", 5), ("cap", "all", -5)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 20},
    ),
    "a pledge counts what a cap gives back": (
        Contract(
            EVERYTHING,
            (("usage", "a", 30), ("cap", "all", -10)),
            late=(("late_usage", "a", -15), ("cap", "all", 10)),
            commit=("postpaid", 50, None),
        ),
        {"counted": 15},
    ),
}  # fmt: skip
