"""A node with one analysed study, one that failed and one whose texts are an attack; browsers on this machine."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra 'service' is not installed")

from starlette.testclient import TestClient

from spineseg.archive.settings import parse_destinations
from spineseg.domain.clinical import ClinicalContext
from spineseg.reporting import build_report, write_report
from spineseg.service.database import Sessions
from spineseg.service.jobs import claim, fail, finish, note_received
from spineseg.service.layout import Layout
from spineseg.service.settings import NodeSettings, PageSettings
from spineseg.service.triage import triage
from spineseg.service.web.app import create_app
from spineseg.treatment import load_ruleset, recommend
from tests.reporting.samples import NOW, STUDY_UID, make_findings, make_sample

ATTACK = "<script>alert(1)</script>"
PACS = {"host": "10.0.0.5", "port": 104, "called_ae_title": "PACS"}
LOCAL = "http://127.0.0.1:8042"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The data of a node; numbers of its studies on the worklist."""

    settings: NodeSettings
    sessions: Sessions
    layout: Layout
    analysed: int
    failed: int


@pytest.fixture(scope="session")
def analysed_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`images/` and `result/` of a lesion of ESCC 2."""
    folder = tmp_path_factory.mktemp("analysed")
    (folder / "images").mkdir()
    sample = make_sample(folder / "images", shape=(6, 72, 64))
    findings = make_findings(sample.input.series.series_instance_uid)
    options = recommend(findings, ClinicalContext(), load_ruleset())
    (folder / "result").mkdir()
    write_report(build_report([sample.input], findings, recommendation=options, now=NOW), folder / "result")
    (folder / "result" / "run.json").write_text(json.dumps({"outcome": "lesions_suspected"}))
    return folder


@pytest.fixture
def node(analysed_files: Path, sessions: Sessions, layout: Layout, now: datetime) -> Node:
    """Its studies in a database and folders of their own."""
    shutil.copytree(analysed_files / "images", layout.images(STUDY_UID))
    shutil.copytree(analysed_files / "result", layout.result(STUDY_UID, 1))
    settings = NodeSettings.model_validate(
        {
            "storage": {"folder": layout.root},
            "destinations": parse_destinations({"pacs": PACS}, where=Path("node.toml")),
            "send": {"routes": [{"to": ["pacs"]}]},
        }
    )
    with sessions.begin() as session:
        study = note_received(session, STUDY_UID, now=now, sent_by=ATTACK[:16], count=6)
        study.patient_name, study.study_description, study.patient_id = ATTACK, ATTACK, "P-4711"
        found = triage(layout.result(STUDY_UID, 1))
        finish(session, study.jobs[0], now=now, seconds=3.0, found=found, destinations=(), result_uids=())
        other = note_received(session, "1.2.3", now=now, sent_by="CT1", count=1)
        other.jobs[0].state = "complete"
    with sessions.begin() as session:
        (job,) = claim(session, now=now, limit=1)
        fail(job, now=now, reason="the model is missing", retry=None)
    return Node(settings=settings, sessions=sessions, layout=layout, analysed=study.id, failed=other.id)


Browse = Callable[..., TestClient]


@pytest.fixture
def browse(node: Node) -> Browse:
    """A browser's connection to a page with these settings, from an address."""

    def make(address: str = "127.0.0.1", url: str = LOCAL, **page: object) -> TestClient:
        settings = node.settings.model_copy(update={"page": PageSettings.model_validate(page)})
        app = create_app(settings, node.sessions, node.layout)
        return TestClient(app, base_url=url, client=(address, 50000), headers={"accept": "text/html"})

    return make


@pytest.fixture
def browser(browse: Browse) -> TestClient:
    """A browser on this machine, at a page without users."""
    return browse()


def token_of(browser: TestClient, path: str) -> str:
    """Token of the forms of a page."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', browser.get(path).text)
    assert found is not None
    return found[1]
