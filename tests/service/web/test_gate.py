"""Tests of spineseg.service.web.gate: who may enter, and which settings are refused."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from fastapi import HTTPException, Request

from spineseg.errors import SettingsError
from spineseg.service.settings import PageSettings, UserSettings
from spineseg.service.web.gate import LOCAL_USER, Gate, check_exposure

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def request(address: str = "127.0.0.1", method: str = "GET", **headers: str) -> Request:
    """A request as uvicorn gives it."""
    named = {"host": "localhost:8042", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    return Request({"type": "http", "method": method, "headers": raw, "client": (address, 1), "path": "/", "state": {}})


def page(**fields: object) -> PageSettings:
    """Settings of a page."""
    return PageSettings.model_validate(fields)


def with_user() -> PageSettings:
    """A page with one user."""
    return page(users=(UserSettings(name="reader", password_hash=QUICK.hash("right")),))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"host": "0.0.0.0"}, "open to the network"),  # noqa: S104
        ({"host": "10.0.0.1", "trusted_user_header": "X-User", "trusted_proxies": ["10.0.0.2"]}, "without HTTPS"),
        ({"trusted_user_header": "X-User"}, "no proxy may name"),
        ({"trusted_proxies": ["here"]}, "not an address"),
        ({"certificate": "a.pem"}, "belong together"),
    ],
)
def test_refuses_to_show_patients_to_the_network(fields: dict[str, object], named: str) -> None:
    """Another address than loopback needs users or a named proxy, and HTTPS."""
    with pytest.raises(SettingsError, match=named):
        check_exposure(page(**fields))


def test_accepts_users_with_https() -> None:
    """With both, any address may be listened at; loopback needs neither."""
    users = [{"name": "reader", "password_hash": "$argon2id$x"}]

    check_exposure(page(host="0.0.0.0", users=users, certificate="a.pem", key="a.key"))  # noqa: S104
    check_exposure(page())


@pytest.mark.parametrize(("address", "host"), [("10.0.0.9", "localhost"), ("127.0.0.1", "evil.example:8042")])
def test_without_users_only_this_machine_enters(address: str, host: str) -> None:
    """Another address is refused, and so is a foreign name that was made to point to this machine."""
    gate = Gate(page())

    assert gate.visitor(request()).name == LOCAL_USER
    with pytest.raises(HTTPException) as refused:
        gate.visitor(request(address, host=host))
    assert refused.value.status_code == 403


def test_only_the_trusted_proxy_names_the_user() -> None:
    """The header counts from the proxy's address, and from nowhere else."""
    gate = Gate(page(trusted_user_header="X-User", trusted_proxies=["10.0.0.0/24"]))

    assert gate.visitor(request("10.0.0.7", x_user="doe")).name == "doe"
    for other in (request("10.0.1.7", x_user="doe"), request("10.0.0.7"), request(x_user="doe")):
        with pytest.raises(HTTPException):
            gate.visitor(other)


def test_a_login_ends_when_it_is_not_used() -> None:
    """A right password gives a new cookie that holds while it is used, for twelve hours at most."""
    clock = [0.0]
    gate = Gate(with_user(), clock=lambda: clock[0])
    first = request()
    assert gate.visitor(first).name == ""
    assert gate.log_in(first, "reader", "right")
    cookie = f"{gate.cookie}={first.state.new_cookie}"

    names = []
    for clock[0] in (1000.0, 2500.0, 4400.0):
        names.append(gate.visitor(request(cookie=cookie)).name)

    assert names == ["reader", "reader", ""]


def test_wrong_passwords_make_an_address_wait() -> None:
    """After five wrong ones even the right one is refused for a minute; an unknown name is as wrong."""
    clock = [0.0]
    gate = Gate(with_user(), clock=lambda: clock[0])
    tries = [gate.log_in(request(), name, "wrong") for name in ("reader", "nobody", "reader", "", "reader")]

    assert not any(tries)
    with pytest.raises(HTTPException) as refused:
        gate.log_in(request(), "reader", "right")
    assert refused.value.status_code == 429
    assert gate.log_in(request("127.0.0.2"), "reader", "right")
    clock[0] = 61.0
    assert gate.log_in(request(), "reader", "right")


def test_forms_of_other_sites_are_refused() -> None:
    """A browser says where a form came from."""
    with pytest.raises(HTTPException):
        Gate(page()).visitor(request(method="POST", sec_fetch_site="cross-site"))
