"""Settings of TLS and SASL, from variables whose names begin with that of the brokers.

For `USAGE_KAFKA` the property `sasl.username` of librdkafka is `USAGE_KAFKA_SASL_USERNAME`.
"""

from collections.abc import Mapping

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
    """Properties of librdkafka that variables give. SourceError for one that nobody knows."""
    names = {_suffix(name): name for name in PROPERTIES}
    found = {}
    for key, value in environment.items():
        suffix = key.removeprefix(f"{variable}_")
        if suffix == key or not suffix.startswith(tuple(map(_suffix, _PREFIXES))):
            continue
        if suffix not in names:
            raise SourceError(
                f"{collector}: the variable {key} names no setting of Kafka. After {variable}_ may "
                f"stand {', '.join(sorted(names))}."
            )
        found[names[suffix]] = value
    return found


def _suffix(name: str) -> str:
    return name.upper().replace(".", "_")
