"""Places at which the book of `conftest.py` has a number that is too large, as in broken_places."""

from tests.unit.meterhouse.price_book.broken_places import case

SIZES = [
    case("scheduled_charges 2 quantity charge_too_large",
         ("scheduled_charges", 0, {"quantity": "100000000", "unit_price": "1000000000"})),
    case("scheduled_charges 2 quantity charge_too_large",
         ("scheduled_charges", 0, {"quantity": "-900000000000000000", "unit_price": "9999999999"})),
    case("subscriptions 2 quantity subscription_too_large",
         ("subscriptions", 0, {"quantity": "40000000000000"})),
    case("subscription_quantities 2 quantity subscription_too_large",
         ("subscription_quantities", 0, {"quantity": "40000000000000"})),
    case("contract_overrides 3 multiplier price_too_large",
         ("contract_overrides", 1, {"multiplier": "2000000000"})),
    case("commit_access 3 amount commit_too_large",
         ("commit_access", 0, {"amount": "600000000000000"}),
         ("commit_access", 1, {"amount": "400000000000000"})),
    # 25 × 1,000 a seat
    case("subscriptions 2 quantity subscription_too_large",
         ("subscriptions", 0, {"quantity": "40000000000"}),
         ("contract_overrides", 1, {"multiplier": "1000", "tag": "", "product_id": "seat"})),
    case("commit_invoices 2 amount purchase_too_large",
         ("commit_invoices", 0, {"amount": "1000000000000000"})),
    case("rates 6 minimum_amount bound_too_large",
         ("rates", 4, {"minimum_amount": "1000000000000000", "maximum_amount": ""})),
    case("rates 6 maximum_amount bound_too_large",
         ("rates", 4, {"maximum_amount": "9999999999999999.99"})),
]  # fmt: skip
