"""Places of period_limits at which the book of `conftest.py` is broken, as in broken_places."""

from tests.unit.meterhouse.price_book.broken_places import case

LIMITS = [
    case("period_limits 2 product_id limit_of_other_type",
         ("period_limits", 0, {"product_id": "calls"})),
    case("period_limits 4 minimum_amount limit_without_amount",
         ("period_limits", 2, {"minimum_amount": ""})),
    case("period_limits 4 applies_to_product_id limit_target",
         ("period_limits", 2, {"applies_to_product_id": "tokens"})),
    case("period_limits 3 applies_to_product_id limit_of_fixed_product",
         ("period_limits", 1, {"applies_to_product_id": "fee"})),
    case("period_limits 4 applies_to_tag unknown_tag",
         ("period_limits", 2, {"applies_to_tag": "x"})),
    case("period_limits 2 contract_id unknown_reference",
         ("period_limits", 0, {"contract_id": "c9"})),
    case("period_limits 3 applies_to_product_id unknown_reference",
         ("period_limits", 1, {"applies_to_product_id": "x"})),
    case("period_limits 5 limit_id duplicate_key", ("period_limits", None, {"contract_id": "c2"})),
    case("period_limits 3 ending_before dates_out_of_order",
         ("period_limits", 1, {"ending_before": "2026-01-01"})),
    case("period_limits 2 minimum_amount bound", ("period_limits", 0, {"minimum_amount": "-1"})),
    case("period_limits 3 maximum_amount bound", ("period_limits", 1, {"maximum_amount": "-1"})),
    # On everything, from February on: two minimums, or two caps.
    case("period_limits 5 starting_on limits_overlap",
         ("period_limits", None, {"limit_id": "l4", "applies_to_tag": "",
                                  "starting_on": "2026-02-01"})),
    case("period_limits 5 starting_on limits_overlap",
         ("period_limits", None, {"limit_id": "l4", "applies_to_tag": "", "minimum_amount": "",
                                  "maximum_amount": "50", "starting_on": "2026-02-01"}),
         ("period_limits", 0, {"minimum_amount": ""})),
    case("period_limits 2 minimum_amount limit_bounds",
         ("period_limits", 0, {"minimum_amount": "5000.01"})),
    # The cap of the same tag is a row of its own.
    case("period_limits 4 minimum_amount limit_bounds",
         ("period_limits", None, {"limit_id": "l4", "minimum_amount": "",
                                  "maximum_amount": "19"}),
         ("period_limits", 2, {"prorated": "false"})),
    case("period_limits 2 minimum_amount bound_too_large",
         ("period_limits", 0, {"minimum_amount": "1000000000000000", "maximum_amount": ""})),
    case("period_limits 3 maximum_amount bound_too_large",
         ("period_limits", 1, {"maximum_amount": "9999999999999999.99"})),
]  # fmt: skip
