"""S3 and what speaks like it, through AWS's own library: it takes every name that a key may have.

`//`, `..` and control characters are common in keys, and the library for the other clouds refuses a
whole listing for one of them (docs/decisions/0362-odd-names-in-buckets.md).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from raw_events.collectors.buckets.objects import BucketObject, Changed
from raw_events.collectors.connection import given_settings
from raw_events.collectors.errors import MissingExtra, SourceError, Unreachable

_PART_BYTES = 8 * 1024 * 1024
# What may stand behind AWS_; the usual variables of that library count where one is not given.
SETTINGS = (
    "ACCESS_KEY_ID",
    "SECRET_ACCESS_KEY",
    "SESSION_TOKEN",
    "REGION",
    "DEFAULT_REGION",
    "PROFILE",
    "ENDPOINT_URL",
    "ENDPOINT_URL_S3",
    "CA_BUNDLE",
    "ALLOW_HTTP",
    "SKIP_SIGNATURE",
    "VIRTUAL_HOSTED_STYLE_REQUEST",
    "REQUEST_PAYER",
)
_FLAGS = ("ALLOW_HTTP", "SKIP_SIGNATURE", "VIRTUAL_HOSTED_STYLE_REQUEST", "REQUEST_PAYER")
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
# The server says it and soon not any more; beside 408, 429 and 5xx.
_TRANSIENT = ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "Throttling", "InternalError")
_GONE = ("NoSuchKey", "404", "PreconditionFailed", "412")


class S3Store:
    """One prefix of a bucket; `address` is s3://bucket/prefix. See store.Store."""

    def __init__(self, collector: str, variable: str, address: str):
        self._collector, self._variable = collector, variable
        bucket, _, prefix = address.partition("://")[2].partition("/")
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        given = given_settings(collector, f"{variable}_AWS_", SETTINGS, os.environ)
        self._given = given
        self._flags = {name: self._flag(name, given[name]) for name in _FLAGS if name in given}
        library = _library()
        with self._errors_explained():
            self._client = self._connected(*library)

    def pages(self) -> Iterator[list[tuple[Any, BucketObject]]]:
        """See store.Store."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix, **self._payer()
        )
        with self._errors_explained():
            for page in pages:
                yield [
                    (
                        it["LastModified"],
                        BucketObject(
                            it["Key"].removeprefix(self._prefix), it.get("ETag", ""), it["Size"]
                        ),
                    )
                    for it in page.get("Contents", ())
                ]

    def download(self, found: BucketObject, path: Path) -> None:
        """See store.Store."""
        with self._errors_explained():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._prefix + found.key, **self._payer()
            )
            if (answer.get("ETag", ""), answer["ContentLength"]) != (found.etag, found.size):
                answer["Body"].close()
                raise Changed
            with path.open("wb") as file:
                for part in answer["Body"].iter_chunks(_PART_BYTES):
                    file.write(part)

    def close(self) -> None:
        """See store.Store."""
        self._client.close()

    def _connected(self, session: Any, config: Any, unsigned: Any) -> Any:
        given, flags = self._given, self._flags
        endpoint = given.get("ENDPOINT_URL_S3") or given.get("ENDPOINT_URL")
        usual = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
        is_plain = (endpoint or usual or "").startswith("http://")
        if is_plain and not flags.get("ALLOW_HTTP", True):
            raise SourceError(
                f"{self._collector}: {self._variable}_AWS_ALLOW_HTTP says that nothing is sent "
                f"without TLS, and the address of the server is {endpoint or usual}."
            )
        style = "path" if endpoint or usual else "auto"
        if "VIRTUAL_HOSTED_STYLE_REQUEST" in flags:
            style = "virtual" if flags["VIRTUAL_HOSTED_STYLE_REQUEST"] else "path"
        more = {"signature_version": unsigned} if flags.get("SKIP_SIGNATURE") else {}
        return session.Session(profile=given.get("PROFILE")).create_client(
            "s3",
            region_name=given.get("REGION") or given.get("DEFAULT_REGION"),
            endpoint_url=endpoint,
            verify=given.get("CA_BUNDLE"),
            aws_access_key_id=given.get("ACCESS_KEY_ID"),
            aws_secret_access_key=given.get("SECRET_ACCESS_KEY"),
            aws_session_token=given.get("SESSION_TOKEN"),
            config=config(
                connect_timeout=10,
                read_timeout=60,
                retries={"total_max_attempts": 2},
                s3={"addressing_style": style},
                # Other servers than AWS's do not all have newer checksums.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                **more,
            ),
        )

    def _payer(self) -> Mapping[str, str]:
        return {"RequestPayer": "requester"} if self._flags.get("REQUEST_PAYER") else {}

    def _flag(self, name: str, value: str) -> bool:
        if value.lower() not in (*_YES, *_NO):
            raise SourceError(
                f"{self._collector}: {self._variable}_AWS_{name} must be true or false."
            )
        return value.lower() in _YES

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        # Nobody has written types of this library.
        errors = import_module("botocore.exceptions")
        try:
            yield
        except errors.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = error.response.get("Error", {}).get("Code", "")
            if code in _GONE and error.operation_name == "GetObject":
                raise Changed from error
            is_transient = status in (408, 429) or status >= 500 or code in _TRANSIENT
            raise self._fault(error, is_transient) from error
        except errors.BotoCoreError as error:
            is_network = isinstance(error, (errors.ConnectionError, errors.HTTPClientError))
            is_transient = is_network or isinstance(error, errors.IncompleteReadError)
            raise self._fault(error, is_transient and not _is_refused(error)) from error
        except ValueError as error:
            # An endpoint that is no address.
            raise self._fault(error, False) from error

    def _fault(self, error: Exception, is_transient: bool) -> SourceError:
        said = " ".join(str(error).split())[:500]
        if is_transient:
            return Unreachable(
                f"{self._collector}: the bucket cannot be reached ({said}). Nothing of this object "
                f"was landed; {self._variable} has the address."
            )
        return SourceError(
            f"{self._collector}: the bucket says: {said}. Nothing of this object was landed; the "
            f"settings are in {self._variable} and the variables that begin so (docs/buckets.md)."
        )


def _is_refused(error: Exception) -> bool:
    """Whether the certificate is at fault: another try gives the same."""
    return type(error).__name__ == "SSLError"


def _library() -> tuple[Any, Any, Any]:
    try:
        session, config = import_module("botocore.session"), import_module("botocore.config")
    except ImportError:
        raise MissingExtra(
            "A collector of a bucket in S3 needs the library botocore: "
            "pip install 'meterhouse[buckets]'."
        ) from None
    return session, config.Config, import_module("botocore").UNSIGNED
