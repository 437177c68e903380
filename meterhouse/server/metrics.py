"""What /metrics tells, in Prometheus' text: counted since this process began."""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_REQUESTS = (1, 2, 5, 10, 20, 50, 100, 200)


class Metrics:
    """The figures of one process; `registry` has them all."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._by_status: dict[int, Counter] = {}
        self._by_source: dict[str, Counter] = {}
        self.requests = Counter(
            "meterhouse_ingest_requests",
            "Requests to /v1/ingest by status",
            ["status"],
            registry=self.registry,
        )
        self.events = Counter(
            "meterhouse_ingest_events",
            "Events that were acknowledged",
            ["source"],
            registry=self.registry,
        )
        self.faults = Counter(
            "meterhouse_ingest_faults",
            "Requests refused with 400, by reason code",
            ["code"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "meterhouse_ingest_seconds",
            "From the first byte of a request's body to its acknowledgement",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.commit_seconds = Histogram(
            "meterhouse_commit_seconds",
            "A write and a sync",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.commit_requests = Histogram(
            "meterhouse_commit_requests",
            "Requests in a write",
            buckets=_REQUESTS,
            registry=self.registry,
        )
        self.write_ok = self._gauge("last_write_ok", "1 if the last write succeeded")
        self.waiting = self._gauge("waiting_bytes", "Of requests that are read or written now")
        self.free = self._gauge("disk_free_bytes", "On the disk of the data directory")
        self.segments = self._gauge("segments", "Segments that are not landed yet")
        self.segment_bytes = self._gauge("segment_bytes", "Their bytes")
        self.refused = self._gauge("segments_refused", "Segments that could not be read, kept")
        self.oldest = self._gauge("segment_age_seconds", "Age of the oldest one; 0: there is none")
        self.landed_at = self._gauge(
            "last_landing_timestamp_seconds", "When segments were last landed without an error"
        )
        self.landing_ok = self._gauge("last_landing_ok", "1 if the last landing went well")

    def answered(self, status: int) -> None:
        """A request got this status."""
        if status not in self._by_status:
            # Looking a child up costs more than counting.
            self._by_status[status] = self.requests.labels(status)
        self._by_status[status].inc()

    def acknowledged(self, source: str, events: int, seconds: float) -> None:
        """Events of a source are on the disk, after so many seconds."""
        if source not in self._by_source:
            self._by_source[source] = self.events.labels(source)
        self._by_source[source].inc(events)
        self.seconds.observe(seconds)

    def committed(self, seconds: float, requests: int) -> None:
        """A write was done."""
        self.commit_seconds.observe(seconds)
        self.commit_requests.observe(requests)

    def _gauge(self, name: str, says: str) -> Gauge:
        return Gauge(f"meterhouse_{name}", says, registry=self.registry)
