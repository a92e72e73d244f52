"""High grade -> HTTP POST or e-mail that somebody should look, without patient data."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage

import requests

from spineseg.errors import DestinationError
from spineseg.service.settings import AlertSettings

_TIMEOUT_S = 10.0  # [P]
_NOTICE = "Research use only. Not a medical device. The grade is approximate and verified by nobody."


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """What is told.

    Parameters
    ----------
    worklist_number
        Of the study on the node's page; it means nothing elsewhere.
    """

    worklist_number: int
    grade: str
    urgency: str
    node: str

    def as_json(self) -> dict[str, str | int]:
        """Body of the POST."""
        return {
            "event": "high_grade",
            "worklist_number": self.worklist_number,
            "approximate_escc": self.grade,
            "urgency": self.urgency,
            "node": self.node,
            "notice": _NOTICE,
        }


def post_alert(alert: Alert, settings: AlertSettings) -> None:
    """Tell a web service.

    Raises
    ------
    DestinationError
        It does not answer, or not with success.
    """
    with requests.Session() as session:
        session.trust_env = False  # no proxy or password of the environment: it goes where the settings say
        try:
            answer = session.post(str(settings.url), json=alert.as_json(), timeout=_TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            raise DestinationError(
                f"the alert cannot be posted: {type(error).__name__}", "alert.url", "check the address", transient=True
            ) from error
    if not answer.ok:
        raise DestinationError(
            f"the alert was answered with HTTP status {answer.status_code}", "alert.url", "ask who runs the service",
            transient=True,
        )  # fmt: skip


def mail_alert(alert: Alert, settings: AlertSettings) -> None:
    """Tell people.

    Raises
    ------
    DestinationError
        The server does not take it.
    """
    message = EmailMessage()
    message["Subject"] = f"spineseg: study {alert.worklist_number} may need attention"
    message["From"], message["To"] = settings.mail_from, ", ".join(settings.mail_to)
    message.set_content(
        f"Study {alert.worklist_number} on the worklist of {alert.node}: approximate ESCC {alert.grade}.\n\n{_NOTICE}\n"
    )
    host, _, port = settings.smtp.rpartition(":")
    try:
        with smtplib.SMTP(host, int(port), timeout=_TIMEOUT_S) as server:
            server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise DestinationError(
            f"the alert cannot be mailed: {type(error).__name__}", "alert.smtp", "check the server", transient=True
        ) from error
