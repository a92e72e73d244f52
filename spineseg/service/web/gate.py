"""Request -> Visitor: who may enter the page, by address, password or trusted proxy; tokens against forged forms."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from fastapi import HTTPException, Request

from spineseg.errors import SettingsError
from spineseg.service.settings import PageSettings, is_loopback

LOCAL_USER = "local"
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_PORT = re.compile(r":[0-9]{1,5}$")
_USER_NAME = re.compile(r"[\w.@ ^-]{1,64}")
_IDLE_S, _LONGEST_S = 1800.0, 43200.0  # of a login: half an hour unused, twelve hours in all [P]
_FAILURES, _PAUSE_S = 5, 60.0  # wrong passwords of an address, and how long it is then refused [P]
_MOST_KEPT = 1000  # logins and addresses in memory [P]


class LoginNeededError(Exception):
    """The visitor has to log in first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who asks.

    Parameters
    ----------
    name
        In the audit trail; empty where nobody has logged in.
    token
        Of this browser's forms.
    """

    name: str
    token: str


@dataclass(frozen=True, slots=True)
class _Login:
    name: str
    began: float
    used: float


def check_exposure(page: PageSettings) -> None:
    """Refuse settings that would show patients to the network.

    Raises
    ------
    SettingsError
        Another address than this machine's without HTTPS, or without users or a proxy that names them.
    """
    if page.trusted_user_header and not page.trusted_proxies:
        raise SettingsError("no proxy may name the user", "page.trusted_proxies", "name the proxy's address")
    for network in page.trusted_proxies:
        try:
            ipaddress.ip_network(network, strict=False)
        except ValueError as error:
            raise SettingsError("not an address", "page.trusted_proxies", "write 10.0.0.5 or 10.0.0.0/24") from error
    if (page.certificate is None) != (page.key is None):
        raise SettingsError("certificate and key belong together", "page.certificate, page.key", "set both")
    if is_loopback(page.host):
        return
    if not page.users and not page.trusted_user_header:
        raise SettingsError("the page would be open to the network", "page.host", "set page.users or a trusted proxy")
    if page.certificate is None:
        raise SettingsError("patients would be shown without HTTPS", "page.host", "set page.certificate and page.key")


class Gate:
    """Decides who enters; logins live in memory and end with the node.

    Parameters
    ----------
    clock : () -> [s]
    """

    def __init__(self, page: PageSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._page, self._clock = page, clock
        self._key = secrets.token_bytes(32)
        self._logins: dict[str, _Login] = {}
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock, self._hashing = threading.Lock(), threading.Lock()
        self._hasher = PasswordHasher()
        self._users = {user.name: user.password_hash for user in page.users}
        self._nobody = self._hasher.hash(secrets.token_hex()) if self._users else ""
        self._proxies = tuple(ipaddress.ip_network(one, strict=False) for one in page.trusted_proxies)
        self.secure = page.certificate is not None
        self.cookie = "__Host-spineseg" if self.secure else "spineseg"

    @property
    def has_users(self) -> bool:
        """Whether there is a login page."""
        return bool(self._users)

    def visitor(self, request: Request) -> Visitor:
        """Who asks, perhaps nobody yet; a browser without a cookie gets one (`request.state.new_cookie`).

        Raises
        ------
        HTTPException
            403: this address may not ask at all.
        """
        site = request.headers.get("sec-fetch-site", "none")
        if request.method == "POST" and site not in ("same-origin", "none"):
            raise HTTPException(403, "the form was sent from another site")
        name = self._name(request)
        identity = request.cookies.get(self.cookie, "")
        if not identity.isascii() or len(identity) < 32:
            identity = secrets.token_urlsafe(32)
            request.state.new_cookie = identity
        return Visitor(name=name or self._logged_in(identity), token=self._token(identity))

    def log_in(self, request: Request, name: str, password: str) -> bool:
        """Check a password; a right one gives the browser a new cookie (`request.state.new_cookie`).

        Raises
        ------
        HTTPException
            429: too many wrong ones from this address.
        """
        address = "" if request.client is None else request.client.host
        now = self._clock()
        with self._lock:
            count, last = self._failures.get(address, (0, 0.0))
        if count >= _FAILURES and now - last < _PAUSE_S:
            raise HTTPException(429, "too many wrong passwords; wait a minute")
        right = self._matches(name, password)
        with self._lock:
            if not right:
                recent = count if now - last < _PAUSE_S else 0
                self._failures.pop(address, None)
                self._failures[address] = (recent + 1, now)
                _drop_oldest(self._failures)
                return False
            self._failures.pop(address, None)
            identity = secrets.token_urlsafe(32)
            self._logins[identity] = _Login(name, now, now)
            _drop_oldest(self._logins)
        request.state.new_cookie = identity
        return True

    def log_out(self, request: Request) -> None:
        """Forget this browser's login."""
        with self._lock:
            self._logins.pop(request.cookies.get(self.cookie, ""), None)

    def is_user(self, name: str) -> bool:
        """Whether a user has this name: others are not written down, they may be a password in the wrong field."""
        return name in self._users

    def _name(self, request: Request) -> str:
        """Who asks by address or proxy; empty where a login decides."""
        address = "" if request.client is None else request.client.host
        header = self._page.trusted_user_header
        if header and self._is_proxy(address):
            named = request.headers.get(header, "").strip()
            if _USER_NAME.fullmatch(named):
                return named
        if self._users:
            return ""
        if header:
            raise HTTPException(403, "only the trusted proxy may ask, and it has to name the user")
        # A page of another site whose name was made to point here is kept out by the Host header.
        host = _PORT.sub("", request.headers.get("host", ""))
        if not is_loopback(address) or host not in _LOCAL_HOSTS:
            raise HTTPException(403, "this page is for the machine that it runs on")
        return LOCAL_USER

    def _is_proxy(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._proxies)

    def _logged_in(self, identity: str) -> str:
        now = self._clock()
        with self._lock:
            login = self._logins.get(identity)
            if login is None:
                return ""
            if now - login.used > _IDLE_S or now - login.began > _LONGEST_S:
                del self._logins[identity]
                return ""
            self._logins[identity] = _Login(login.name, login.began, now)
            return login.name

    def _matches(self, name: str, password: str) -> bool:
        # An unknown name takes as long as a known one; one hash at a time, since each takes 64 MB.
        with self._hashing:
            try:
                return self._hasher.verify(self._users.get(name, self._nobody), password) and name in self._users
            except (VerificationError, InvalidHashError):
                return False

    def _token(self, identity: str) -> str:
        return hmac.new(self._key, identity.encode(), hashlib.sha256).hexdigest()


def _drop_oldest(kept: dict[str, _Login] | dict[str, tuple[int, float]]) -> None:
    while len(kept) > _MOST_KEPT:
        kept.pop(next(iter(kept)))
