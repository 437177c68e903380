"""Does what leaves arrive?"""

from datetime import timedelta

import dagster as dg

from dagster_pipeline.defs.delivery.assets import delivered_messages, provider_listings
from dagster_pipeline.defs.resources import Clock, DataDirectory
from meterhouse.common.instants import instant_text
from meterhouse.delivery.overview import differences, health
from raw_events.common.text import shown

# The sixth attempt is made 7 hours and 36 minutes after the first: by then it is no hiccup.
DELIVERED_WITHIN = timedelta(hours=8)


@dg.asset_check(asset=delivered_messages)
def no_messages_are_dead(data_directory: DataDirectory) -> dg.AssetCheckResult:
    """No message was given up (S-74) or is held (S-71): meterhouse deliveries list."""
    found = health(data_directory.path)
    return dg.AssetCheckResult(
        passed=not found.dead and not found.held,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"dead messages": found.dead, "held messages": found.held},
    )


@dg.asset_check(asset=provider_listings)
def providers_have_what_we_have(data_directory: DataDirectory) -> dg.AssetCheckResult:
    """By the last run each invoice is at its provider once, with its total, or void too (S-72)."""
    found = differences(data_directory.path)
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "differences": len(found),
            "for example": ", ".join(
                shown(f"{row['problem']} {row['invoice_id'] or row['provider_invoice_id']}")
                for row in found[:5]
            ),
        },
    )


@dg.asset_check(asset=delivered_messages)
def messages_are_delivered_in_time(
    clock: Clock, data_directory: DataDirectory
) -> dg.AssetCheckResult:
    """No message has been on its way for more than 8 hours."""
    oldest = health(data_directory.path).oldest
    return dg.AssetCheckResult(
        passed=oldest is None or clock.moment() - oldest <= DELIVERED_WITHIN,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"oldest": instant_text(oldest) if oldest else "none"},
    )
