"""Which functions a metric's SQL may call: none that knows the clock, chance, state or floats.

Guards against a quantity that is not the same twice (S-4) or that was a float on its way (S-18).
"""

from tests.unit.meterhouse.metrics.allowed_cases.pieces import HEAD, TAIL

# What it is called → (the file's text, words of the refusal).
REFUSED = {
    "the clock": (f"{HEAD}epoch_us(now()){TAIL}", "uses now"),
    "the date": (f"{HEAD}max(current_date){TAIL}", "uses current_date"),
    "age": (f"{HEAD}max(age(timestamp)){TAIL}", "uses age"),
    "chance": (f"{HEAD}sum(random()){TAIL}", "uses random"),
    "the machine": ("select current_setting('temp_directory')", "uses current_setting()"),
    "who asks": (f"{HEAD}max(current_user){TAIL}", "uses current_user"),
    "the place of a row": (f"{HEAD}max(rowid){TAIL}", "uses rowid"),
    "a sequence": (f"{HEAD}nextval('s'){TAIL}", "uses nextval"),
    "a function of a schema": (f"{HEAD}main.abs(1){TAIL}", "a function of a schema"),
    "an average": (f"{HEAD}avg(1){TAIL}", "exact_divide()"),
    "a quotient": (f"{HEAD}sum(1) / 2{TAIL}", "exact_divide()"),
    "a cast to double": (f"{HEAD}sum(1)::double{TAIL}", "casts to double"),
    "a float written out": (f"{HEAD}sum(1e3){TAIL}", "the number 1e3"),
    "seconds with a fraction": (f"{HEAD}max(date_part('epoch', timestamp)){TAIL}", "whole number"),
}
