"""Tests of spineseg.service.web.login: the way in and out by name and password."""

from __future__ import annotations

from spineseg.service.studies import audit_trail
from tests.service.web.conftest import Browse, Node, token_of
from tests.service.web.test_gate import QUICK


def test_who_logs_in_sees_the_worklist_and_who_logs_out_does_not(browse: Browse, node: Node) -> None:
    """Without a login every page leads to the form; the trail names users and no mistyped names."""
    users = [{"name": "reader", "password_hash": QUICK.hash("right")}]
    browser = browse("10.0.0.9", users=users)

    assert browser.get("/", follow_redirects=False).headers["location"] == "/login"
    assert browser.get(f"/studies/{node.analysed}", headers={"accept": "*/*"}).status_code == 401
    token = token_of(browser, "/login")
    wrong = browser.post("/login", data={"name": "my password", "password": "x", "csrf_token": token})
    assert wrong.status_code == 401
    before = browser.cookies["spineseg"]
    right = browser.post("/login", data={"name": "reader", "password": "right", "csrf_token": token})
    assert right.status_code == 200
    assert "P-4711" in right.text
    assert browser.cookies["spineseg"] != before
    browser.post("/logout", data={"csrf_token": token_of(browser, "/")})
    assert browser.get("/", headers={"accept": "*/*"}).status_code == 401
    with node.sessions.begin() as session:
        said = [(one.who, one.action) for one in audit_trail(session)]
    assert said == [("reader", "log out"), ("reader", "log in"), ("an unknown name", "wrong password")]
