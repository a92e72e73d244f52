"""Small DICOM instances, senders and nodes for the tests of the service."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, build_context
from pynetdicom.association import Association
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from spineseg.archive.commitment import CommitmentInbox
from spineseg.service.activity import Activity, Counters
from spineseg.service.database import Sessions
from spineseg.service.layout import Layout
from spineseg.service.scp import Receiver, Reception, start_receiver
from spineseg.service.settings import NodeSettings, ReceiveSettings
from spineseg.service.tables import Base

STUDY = "1.2.826.0.1.1"
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"


def new_study() -> str:
    """UID short enough for the UIDs that are made from it."""
    return f"1.2.826.0.1.{uuid4().int % 10**12 + 1}"


def instance(
    number: int = 1,
    *,
    study: str = STUDY,
    sop_class: str = CTImageStorage,
    syntax: str = ExplicitVRLittleEndian,
    side: int = 4,
) -> Dataset:
    """One instance that is whole for a network and of no use to a radiologist."""
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = sop_class, f"{study}.{number}"
    dataset.PatientName, dataset.PatientID, dataset.Modality = "Doe^Jane", "P1", "CT"
    dataset.StudyDate, dataset.StudyDescription, dataset.AccessionNumber = "20261122", "Spine", "A1"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = study, f"{study}.100"
    dataset.Rows = dataset.Columns = side
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = np.full((side, side), number, np.uint16).tobytes()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return dataset


def segmentation(
    number: int = 50, *, kind: str = "MANUAL", maker: str = "A workstation", study: str = STUDY
) -> Dataset:
    """The header of a SEG, as far as it says whose it is."""
    dataset = instance(number, study=study, sop_class=SEGMENTATION)
    dataset.Modality, dataset.Manufacturer = "SEG", maker
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel, segment.SegmentAlgorithmType = 1, "tumour", kind
    dataset.SegmentSequence = [segment]
    return dataset


def store_directly(layout: Layout, datasets: Iterable[Dataset]) -> None:
    """Put instances where the receiver would."""
    for dataset in datasets:
        folder = layout.images(dataset.StudyInstanceUID)
        if dataset.SOPClassUID != CTImageStorage:
            folder = layout.others(dataset.StudyInstanceUID)
        folder.mkdir(parents=True, exist_ok=True)
        dcmwrite(folder / f"{dataset.SOPInstanceUID}.dcm", dataset, enforce_file_format=True)


def encoded(dataset: Dataset) -> io.BytesIO:
    """The dataset as it travels, without file meta information."""
    buffer = io.BytesIO()
    dcmwrite(buffer, dataset, implicit_vr=False, little_endian=True)
    return buffer


def node_settings(folder: Path, **tables: object) -> NodeSettings:
    """Settings with a small disk floor."""
    storage = {"folder": folder, "free_disk_mb": 1, **tables.pop("storage", {})}  # type: ignore[dict-item]
    return NodeSettings.model_validate({"storage": storage, **tables})


def receiving(
    folder: Path,
    settings: ReceiveSettings,
    *,
    free_disk_mb: float = 1.0,
    activity: Activity | None = None,
    sessions: Sessions | None = None,
) -> tuple[Receiver, Reception]:
    """A listener; its tables are made without migrations, where no database is given."""
    layout = Layout(folder)
    layout.prepare()
    reception = Reception(
        settings=settings.model_copy(update={"port": 0}),
        layout=layout,
        free_disk_mb=free_disk_mb,
        activity=activity or Activity(),
        counters=Counters(),
        inbox=CommitmentInbox(),
        sessions=sessions or _database(folder / "requests.db"),
    )
    return start_receiver(reception), reception


def _database(path: Path) -> Sessions:
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    return sessionmaker(engine, expire_on_commit=False)


def associate(port: int, datasets: Sequence[Dataset], *, calling: str = "CT1", called: str = "SPINESEG") -> Association:
    """Association that proposes what the datasets need."""
    entity = AE(ae_title=calling)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    wanted = {(one.SOPClassUID, one.file_meta.TransferSyntaxUID) for one in datasets}
    entity.requested_contexts = [build_context(*pair) for pair in sorted(wanted)]
    return entity.associate("127.0.0.1", port, ae_title=called)


def send(port: int, datasets: Sequence[Dataset], *, calling: str = "CT1") -> list[int]:
    """Statuses of C-STOREs over one association."""
    association = associate(port, datasets, calling=calling)
    assert association.is_established
    statuses = [int(association.send_c_store(one).Status) for one in datasets]
    association.release()
    return statuses
