"""Which addresses nothing is sent to (S-75). A table: no test here connects to anything."""

import socket
import ssl
from datetime import timedelta
from ipaddress import ip_network

import pytest

from meterhouse.delivery.errors import DeliveryError
from meterhouse.delivery.webhooks import connection
from meterhouse.delivery.webhooks.addresses import (
    ALLOWED,
    SPECIAL,
    allowed_networks,
    refusal,
)
from meterhouse.delivery.webhooks.connection import post

# Of each range its first and last address, and what a neighbour is.
REFUSED_TEXT = """
    0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 127.0.0.1
    127.255.255.254 169.254.169.254 169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.8
    192.0.0.170 192.0.0.255 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1
    192.168.255.255 192.175.48.1 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:2::1
    2001:10::1 2001:20::1 2001:1ff:ffff::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1
    2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0
    fec0::1 ff02::1
"""
REFUSED = REFUSED_TEXT.split()
ALLOWED_OPENLY_TEXT = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
    169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 203.0.112.255 203.0.114.0 223.255.255.255
    2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 2a00:1450::1 3ffe::1
"""
ALLOWED_OPENLY = ALLOWED_OPENLY_TEXT.split()


@pytest.mark.parametrize("address", REFUSED)
def test_a_special_address_is_refused(address):
    assert refusal(address)


@pytest.mark.parametrize("address", ALLOWED_OPENLY)
def test_an_address_of_the_open_internet_is_not(address):
    assert refusal(address) is None


@pytest.mark.parametrize("address", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5"])
def test_what_is_no_address_is_refused(address):
    assert refusal(address)


def test_every_range_is_refused_to_its_last_address():
    for text in SPECIAL:
        network = ip_network(text)
        assert refusal(str(network[0])), text
        assert refusal(str(network[-1])), text


def test_what_is_allow_listed_is_reached_and_no_more(monkeypatch):
    monkeypatch.setenv(ALLOWED, "10.1.0.0/16, fd00::/8")
    allowed = allowed_networks()
    assert refusal("10.1.2.3", allowed) is None
    assert refusal("fd12::1", allowed) is None
    assert refusal("10.2.0.1", allowed)
    assert refusal("127.0.0.1", allowed)


def test_an_allow_list_that_is_none_stops_with_its_name(monkeypatch):
    monkeypatch.setenv(ALLOWED, "10.1.0.0/8")
    with pytest.raises(DeliveryError, match=ALLOWED):
        allowed_networks()


class NoSocket:
    """Fails a test that connects."""

    def __init__(self, monkeypatch):
        self.asked = []
        monkeypatch.setattr(socket, "create_connection", self)

    def __call__(self, address, *_, **__):
        self.asked.append(address)
        raise OSError("no test connects")


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://intern.example.com/", ["10.0.0.1"]),
        # One good address does not make up for another.
        ("https://both.example.com/", ["8.8.8.8", "127.0.0.1"]),
        ("https://both.example.com/", ["8.8.8.8", "fd00::1"]),
        ("https://2130706433/", ["127.0.0.1"]),
        ("https://[::1]/", ["::1"]),
        ("https://nothing.example.com/", []),
        ("http://open.example.com/", ["8.8.8.8"]),
        ("https://user:word@open.example.com/", ["8.8.8.8"]),
        ("file:///etc/passwd", ["8.8.8.8"]),
        ("https://", ["8.8.8.8"]),
        ("https://open.example.com:99999/", ["8.8.8.8"]),
        ("https://[bad/", ["8.8.8.8"]),
    ],
)
def test_nothing_is_connected_to(monkeypatch, url, addresses):
    no_socket = NoSocket(monkeypatch)
    answer = post(url, b"{}", {}, (), ssl.create_default_context(), lambda *_: addresses)
    assert answer.status is None and answer.detail
    assert no_socket.asked == []


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch):
    """A name that answers differently the second time (DNS rebinding) is not asked twice."""
    no_socket, answers = NoSocket(monkeypatch), iter([["8.8.8.8"], ["127.0.0.1"]])
    post(
        "https://rebinds.example.com:8443/", b"{}", {}, (), ssl.create_default_context(),
        lambda *_: next(answers),
    )  # fmt: skip
    assert no_socket.asked == [("8.8.8.8", 8443)]


def test_a_name_that_nobody_knows_is_an_answer():
    def unknown(*_):
        raise socket.gaierror("Name or service not known")

    answer = post("https://x.example/", b"", {}, (), ssl.create_default_context(), unknown)
    assert answer.status is None and "x.example is not found" in answer.detail


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), (" 7 ", 7), ("999999999", 86_400), (None, None), ("soon", None), ("-1", None),
     ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("٣", None)],
)  # fmt: skip
def test_retry_after_is_read_in_seconds(header, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert connection._seconds(header) == expected
