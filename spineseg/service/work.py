"""Jobs -> tasks for the cluster, outcomes -> results, failures and what is to be sent."""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs
from sqlalchemy.orm import Session

from spineseg.archive.instances import read_instances
from spineseg.errors import InputError
from spineseg.service.activity import Activity, Counters
from spineseg.service.cluster import LOST, Cluster, ConnectionLostError
from spineseg.service.database import Sessions
from spineseg.service.deliveries import destinations_for
from spineseg.service.jobs import Retry, any_due, claim, fail, finish, hand_back, latest_result
from spineseg.service.layout import SUFFIX, Layout, fingerprint, instances_in
from spineseg.service.settings import NodeSettings
from spineseg.service.tables import Job
from spineseg.service.triage import triage
from spineseg.service.worker import SR_FILE, Outcome, Task

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Gives jobs to the cluster and takes their outcomes."""

    settings: NodeSettings
    layout: Layout
    sessions: Sessions
    activity: Activity
    cluster: Cluster
    counters: Counters
    # Outcomes that the database has not taken yet: it may be locked for a while.
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def start(self, now: datetime) -> None:
        """Give jobs that are due to free workers."""
        if not self.cluster.free:
            return
        with self.sessions.begin() as session:
            if not any_due(session, now):
                return
        if not self.cluster.ready():
            return
        with self.sessions.begin() as session:
            tasks = {job.id: self._task(job) for job in claim(session, now=now, limit=self.cluster.free)}
        for key, (uid, run, task) in tasks.items():
            try:
                self.cluster.submit(key, self._staged(uid, run, task))
            except OSError as error:
                reason = f"the shared storage cannot be written ({type(error).__name__})"
                self.outcomes[key] = Outcome(seconds=0.0, host="", stages={}, reason=reason, repeatable=True)
            except ConnectionLostError:
                self.outcomes[key] = Outcome(seconds=0.0, host="", stages={}, reason=LOST, repeatable=True)

    def collect(self, now: datetime) -> None:
        """Take what the workers have finished."""
        self.outcomes.update(self.cluster.finished())
        for key, outcome in list(self.outcomes.items()):
            with self.sessions.begin() as session:
                job = session.get(Job, key)
                study = None if job is None else job.study
                if job is not None:
                    self._settle(session, job, outcome, now)
            del self.outcomes[key]
            if study is not None:  # images or a mask may have come while it ran
                self.activity.arrived(study.study_instance_uid, sent_by=study.sent_by)

    def stop(self) -> None:
        """Give up what is running; it is run again after the next start."""
        for key in self.cluster.running:
            self.cluster.cancel(key)
        self.cluster.close()

    def _task(self, job: Job) -> tuple[str, int, Task]:
        uid = job.study.study_instance_uid
        images = self.layout.images(uid)
        names = instances_in(images)
        job.fingerprint, job.instance_count = fingerprint(names), len(names)
        # An attempt begins with nothing: neither an interrupted one's results nor a correction that was never kept.
        shutil.rmtree(self.layout.result(uid, job.run), ignore_errors=True)
        beside = self.layout.results / uid
        before = latest_result(job.study)
        settings = self.settings.work
        task = Task(
            study=str(images),
            out=str(self.layout.result(uid, job.run)),
            lesions=str(beside / job.lesions) if job.lesions else "",
            clinical=str(beside / job.clinical) if job.clinical else "",
            previous="" if before is None else str(self.layout.result(uid, before.run) / SR_FILE),
            model="" if settings.model is None else str(settings.model),
            device=settings.device,
            segmenter=settings.segmenter,
        )
        return uid, job.run, task

    def _settle(self, session: Session, job: Job, outcome: Outcome, now: datetime) -> None:
        if outcome.reason == LOST:
            hand_back(job)
            return
        retry = Retry(attempts=self.settings.work.attempts, backoff_s=self.settings.work.backoff_s)
        if outcome.reason:
            fail(job, now=now, reason=outcome.reason, retry=retry if outcome.repeatable else None)
            self.counters.add("attempts_failed")
            LOGGER.warning("an attempt failed: job %s, %s", job.id, outcome.reason)
            return
        out = self.layout.result(job.study.study_instance_uid, job.run)
        try:
            self._fetch(job, out)
            uids = result_uids(out)
        except (OSError, InputError) as error:
            fail(job, now=now, reason=f"the results are not there ({type(error).__name__})", retry=retry)
            return
        found = triage(out)
        to = destinations_for(self.settings, sent_by=job.study.sent_by, found=found)
        finish(session, job, now=now, seconds=outcome.seconds, found=found, destinations=to, result_uids=uids)
        self._count(outcome)
        LOGGER.info("job %s is done in %.1f s", job.id, outcome.seconds)

    def _count(self, outcome: Outcome) -> None:
        self.counters.add("studies_done")
        self.counters.add("study_seconds", amount=outcome.seconds)
        for stage, seconds in outcome.stages.items():
            self.counters.add("stage_seconds", stage, seconds)
            self.counters.add("stage_runs", stage)

    def _staged(self, uid: str, run: int, task: Task) -> Task:
        """The task with its input copied to the shared storage, where there is one."""
        shared = self.settings.storage.shared
        if not shared:
            return task
        files, root = url_to_fs(f"{shared.rstrip('/')}/{uid}/{run}")
        if files.exists(root):
            files.rm(root, recursive=True)  # of an interrupted attempt
        files.makedirs(f"{root}/in", exist_ok=True)
        files.makedirs(f"{root}/given", exist_ok=True)
        for path in Path(task.study).glob(f"*{SUFFIX}"):
            files.put_file(str(path), f"{root}/in/{path.name}")
        given = {
            key: _put(files, value, f"{root}/given")
            for key, value in (("lesions", task.lesions), ("clinical", task.clinical), ("previous", task.previous))
        }
        urls = {key: files.unstrip_protocol(name) if name else "" for key, name in given.items()}
        return Task(
            study=files.unstrip_protocol(f"{root}/in"), out=files.unstrip_protocol(f"{root}/out"), **urls,
            model=task.model, device=task.device, segmenter=task.segmenter, staged=True,
        )  # fmt: skip

    def _fetch(self, job: Job, out: Path) -> None:
        """Bring results from the shared storage and clear it."""
        shared = self.settings.storage.shared
        if not shared:
            return
        files, root = url_to_fs(f"{shared.rstrip('/')}/{job.study.study_instance_uid}/{job.run}")
        out.mkdir(parents=True, exist_ok=True)
        for name in files.ls(f"{root}/out", detail=False):
            files.get_file(name, str(out / Path(name).name))
        files.rm(root, recursive=True)


def result_uids(out: Path) -> tuple[str, ...]:
    """SOP Instance UIDs of the DICOM results in a folder.

    Raises
    ------
    InputError
        There is none, or one is damaged.
    """
    return tuple(one.sop_instance_uid for one in read_instances(result_files(out)))


def result_files(out: Path) -> tuple[Path, ...]:
    """DICOM results of a run, in the order of their names."""
    return tuple(sorted(out.glob(f"*{SUFFIX}")))


def _put(files: Any, path: str, folder: str) -> str:
    if not path or not Path(path).is_file():
        return ""
    name = f"{folder}/{Path(path).name}"
    files.put_file(path, name)
    return name
