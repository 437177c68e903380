"""Segments: events that were acknowledged over HTTP wait here until they are landed (S-62).

    $METERHOUSE_HOME/segments/<source>/<opened>-<id>.open       one writer appends to it
                                       <sealed>-<id>.ndjson     it is to be landed

A segment has one event a line. Whoever holds its lock may write to it or rename it, for no longer
than that takes; so any process may seal any segment at any time, also one whose writer was killed.
"""
