"""Signing in and out of the office: the cookie, other sites' forms, ends of sessions (S-77)."""

from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("starlette", reason="pip install 'meterhouse[serve]'")

from meterhouse.server.customers.links import new_key, new_link, read_keys, signed
from meterhouse.server.office.session import _SALT, COOKIE, LASTS
from meterhouse.server.tokens import read_tokens, revoke
from tests.unit.meterhouse.server.office.office import (
    ORIGIN,
    bearer,
    client,
    foreign_tokens,
    publish,
    signed_in,
    token,
)

NOW = datetime.now(UTC)
IN, OUT = "/office/sign-in", "/office/sign-out"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("METERHOUSE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("METERHOUSE_COLLECTORS", str(tmp_path))
    publish(tmp_path / "home")
    return tmp_path / "home"


def test_the_cookie_is_for_this_site_and_no_script_and_ends(home):
    found = client(home).post(IN, data={"token": token(home, "finance")}, headers=ORIGIN)
    (name, _), *attributes = [
        part.strip().partition("=")[::2] for part in found.headers["set-cookie"].split(";")
    ]
    said = {key.lower(): value for key, value in attributes}
    assert name == COOKIE and "httponly" in said
    assert said["samesite"] == "strict" and said["path"] == "/office"
    assert int(said["max-age"]) == LASTS.total_seconds() and "secure" not in said


def test_behind_a_proxy_with_tls_it_goes_by_tls_alone(home):
    safe = {"Origin": "https://bills.example.com", "Host": "bills.example.com"}
    found = client(home).post(IN, data={"token": token(home, "finance")}, headers=safe)
    assert found.status_code == 303 and "; Secure" in found.headers["set-cookie"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example.com"},
        {"Origin": "http://testserver.evil.example.com"},
        {"Sec-Fetch-Site": "cross-site", **ORIGIN},
        {"Sec-Fetch-Site": "same-site", **ORIGIN},
        {"Sec-Fetch-Site": "none", **ORIGIN},
    ],
)
def test_a_form_of_another_site_signs_nobody_in_or_out(home, headers):
    found = client(home).post(IN, data={"token": token(home, "finance")}, headers=headers)
    assert found.status_code == 403 and "set-cookie" not in found.headers
    browser = signed_in(home, "finance")
    assert browser.post(OUT, headers=headers).status_code == 403
    assert browser.get("/office/").status_code == 200


def test_only_a_token_with_a_role_signs_in(home):
    for kind, text in foreign_tokens(home).items():
        found = client(home).post(IN, data={"token": text}, headers=ORIGIN)
        assert found.status_code in (401, 403), kind
        assert "set-cookie" not in found.headers, kind
    # A token is in no address, where logs and histories would keep it.
    asked = client(home).get(f"{IN}?token={token(home, 'finance')}")
    assert "set-cookie" not in asked.headers


@pytest.mark.parametrize(
    ("to", "led"),
    [
        ("/office/invoices?status=draft", "/office/invoices?status=draft"),
        ("https://evil.example.com/", "/office/"),
        ("//evil.example.com/office/", "/office/"),
        ("/office/\\evil.example.com", "/office/"),
        ("/office/sign-out", "/office/"),
        ("/elsewhere", "/office/"),
        ("/office/x\r\nSet-Cookie: a=b", "/office/"),
    ],
)
def test_after_signing_in_one_is_led_to_an_office_page_alone(home, to, led):
    data = {"token": token(home, "operations"), "to": to}
    assert client(home).post(IN, data=data, headers=ORIGIN).headers["location"] == led


def test_whoever_signs_out_is_out(home):
    browser = signed_in(home, "finance")
    assert browser.get("/office/").status_code == 200
    assert browser.post(OUT, headers=ORIGIN).status_code == 303
    assert browser.get("/office/").status_code == 401


def test_a_session_ends_with_its_token_its_day_and_its_key(home):
    browser = signed_in(home, "finance")
    (kept,) = read_tokens(home)
    revoke(home, kept.id, NOW)
    fresh = client(home)
    fresh.cookies.update(browser.cookies)
    assert fresh.get("/office/").status_code == 401

    browser = signed_in(home, "finance")
    new_key(home, forget=True)
    assert browser.get("/office/").status_code == 401


def test_a_cookie_that_is_over_or_forged_opens_nothing(home):
    text = token(home, "finance")
    keys, (kept,) = new_key(home), read_tokens(home)

    def asked(cookie):
        browser = client(home)
        browser.cookies.set(COOKIE, cookie, path="/office")
        return browser.get("/office/").status_code

    later, earlier = (int((NOW + timedelta(hours=hours)).timestamp()) for hours in (1, -1))
    good = signed(keys, _SALT, [kept.id, later])
    assert asked(good) == 200
    assert asked(signed(keys, _SALT, [kept.id, earlier])) == 401
    assert asked(signed(keys, "meterhouse link", [kept.id, later])) == 401
    assert asked(new_link(home, kept.id, 1, NOW)) == 401
    assert asked(signed({"other": b"x" * 32}, _SALT, [kept.id, later])) == 401
    for wrong in (good[:-1], good.replace(".", ".."), "", "x", text, kept.id, kept.sha256):
        assert asked(wrong) == 401, wrong
    assert read_keys(home) == keys


def test_a_header_counts_before_the_cookie(home):
    other = bearer(token(home, "operations"))
    browser = signed_in(home, "finance")
    found = browser.get("/office/invoices", headers=other)
    assert found.status_code == 403


def test_a_form_that_is_too_large_or_none_is_refused(home):
    browser = client(home)
    assert browser.post(IN, content=b"x" * 10_000, headers=ORIGIN).status_code == 413
    assert browser.post(IN, content=b"\xff", headers=ORIGIN).status_code == 400


def test_a_link_from_elsewhere_offers_the_page_to_whoever_is_signed_in(home):
    found = client(home).get("/office/invoices", headers={"Sec-Fetch-Site": "cross-site"})
    assert found.status_code == 401 and '<a href="/office/invoices">open the page</a>' in found.text
    assert "open the page" not in client(home).get("/office/invoices").text
