"""Settings of TLS and SASL, from variables whose names begin with that of the brokers.

For `USAGE_KAFKA` the property `sasl.username` of librdkafka is `USAGE_KAFKA_SASL_USERNAME`.
"""

from collections.abc import Mapping

from raw_events.collectors.connection import did_you_mean, unknown
from raw_events.collectors.errors import SourceError

_PREFIXES = ("security.", "sasl.", "ssl.", "client.")
PROPERTIES = (
    "security.protocol",
    "sasl.mechanism",
    "sasl.username",
    "sasl.password",
    "sasl.oauthbearer.method",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.token.endpoint.url",
    "ssl.ca.location",
    "ssl.ca.pem",
    "ssl.certificate.location",
    "ssl.certificate.pem",
    "ssl.key.location",
    "ssl.key.pem",
    "ssl.key.password",
    "ssl.endpoint.identification.algorithm",
    "client.id",
    "client.rack",
)


def settings(collector: str, variable: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Properties of librdkafka that variables give.

    SourceError for one that nobody knows, and begins or sounds like one: misspelt, it would be as
    if it were not there. Others may belong to another source (`USAGE_KAFKA_EU`).
    """
    names = {_suffix(name): name for name in PROPERTIES}
    found = {}
    for key, value in environment.items():
        suffix = key.removeprefix(f"{variable}_")
        if suffix == key:
            continue
        if suffix in names:
            found[names[suffix]] = value
        elif suffix.startswith(tuple(map(_suffix, _PREFIXES))) or did_you_mean(suffix, names, "x"):
            raise SourceError(unknown(collector, key, f"{variable}_", names))
    return found


def _suffix(name: str) -> str:
    return name.upper().replace(".", "_")
