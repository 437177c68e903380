"""The registry of event types (S-64): schemas in the price book, published, checked, handed over.

    event_types/<type>/v<N>.json    a version of a schema; published ones are frozen
    event_types/published.csv       which are, with their checksums; `meterhouse event-type publish`
    event_types/modes.csv           report (default) or quarantine, per type; written by people

registry.py reads that folder and hands what is published to the data directory, where landing finds
it (raw_events/schemas/). compatibility.py and history.py are what `check` asks of a new version.
"""
