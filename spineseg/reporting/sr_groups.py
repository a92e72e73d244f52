"""Finding -> SR measurement group: TID 1411 on a segment, TID 1501 where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from highdicom.sr import (
    AlgorithmIdentification,
    ContentItem,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    ReferencedSegment,
    SourceSeriesForSegmentation,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom.dataset import Dataset
from pydicom.sr.coding import Code

from spineseg.domain.algorithm import AlgorithmIdentity
from spineseg.domain.findings import Findings, LesionFinding, LevelFinding, VanishedLesion
from spineseg.domain.followup_vocabulary import VANISHED_LESION
from spineseg.domain.labels import SACRUM, UNNAMED_OFFSET, VERTEBRA, VERTEBRA_VALUES
from spineseg.domain.quality import QUALITY_TEXT, QualityNote
from spineseg.domain.vocabulary import NEOPLASM, QUALITY, REPORT_SUMMARY
from spineseg.reporting import sr_rows as rows
from spineseg.reporting.context import ResultContext
from spineseg.reporting.seg import SegObject, algorithm_parameters, anatomy_tracking_uid
from spineseg.reporting.source import Source
from spineseg.reporting.sr_extent_rows import vanished_measurements
from spineseg.reporting.sr_tree import PARAMETER_SEPARATOR
from spineseg.reporting.wording import RESEARCH_BANNER, lesion_sentence, vanished_sentence

Group = MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceObjects:
    """What was made from one series.

    Parameters
    ----------
    key_headers
        Headers of the images that the report refers to.
    """

    source: Source
    anatomy: SegObject | None
    lesions: SegObject | None
    key_headers: tuple[Dataset, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupBuilder:
    """Builds the groups of one report."""

    findings: Findings
    context: ResultContext
    by_series: Mapping[str, SourceObjects]

    def summary(self) -> Group:
        """First group: counts, whether a lesion was detected, who computed it, and the banner."""
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(uid=self.context.uid("summary"), identifier="Summary"),
            finding_type=REPORT_SUMMARY,
            algorithm_id=self._algorithm(),
            measurements=rows.summary_measurements(self.findings),
            qualitative_evaluations=rows.summary_evaluations(self.findings),
        )
        return _with(group, [rows.comment(RESEARCH_BANNER), *rows.summary_uids(self.findings)])

    def lesion(self, lesion: LesionFinding, number: int) -> Group:
        """Group of one lesion, on its segment where it has one."""
        owner = self.by_series.get(lesion.series_instance_uid)
        group = self._region_or_group(
            _segment_reference(owner, None if owner is None else owner.lesions, lesion.number),
            tracking=TrackingIdentifier(uid=lesion.tracking_uid, identifier=f"Suspected lesion {number}"),
            finding_type=NEOPLASM,
            site_names=lesion.levels,
            measurements=rows.lesion_measurements(lesion),
            evaluations=rows.lesion_evaluations(lesion),
            with_algorithm=True,
        )
        sentence = rows.comment(lesion_sentence(lesion, self.findings))
        series = rows.series(lesion.series_instance_uid)
        return _with(group, [*rows.lesion_texts(lesion), sentence, series, *rows.lesion_uids(lesion)])

    def level(self, level: LevelFinding) -> Group:
        """Group of one level, on its vertebra's segment where it has one."""
        owner = self.by_series.get(level.series_instance_uid)
        uid = anatomy_tracking_uid(
            self.context, self.findings.study_instance_uid, level.series_instance_uid, _structure_name(level.name)
        )
        group = self._region_or_group(
            _segment_reference(owner, None if owner is None else owner.anatomy, _vertebra_value(level.name)),
            tracking=TrackingIdentifier(uid=uid, identifier=f"Level {level.name}"),
            finding_type=VERTEBRA,
            site_names=(level.name,),
            measurements=rows.level_measurements(level),
            evaluations=rows.level_evaluations(level),
        )
        return _with(group, [*rows.level_texts(level), rows.series(level.series_instance_uid)])

    def limitation(self, note: QualityNote, number: int) -> Group:
        """Group of one limitation, with its sentence."""
        uid = self.context.uid("limitation", str(number), note.code.value)
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(uid=uid, identifier=f"Limitation {number}"),
            finding_type=QUALITY,
            qualitative_evaluations=rows.quality_evaluations(note),
        )
        series = [] if note.series_instance_uid is None else [rows.series(note.series_instance_uid)]
        return _with(group, [rows.comment(QUALITY_TEXT[note.code]), *series])

    def vanished(self, lesion: VanishedLesion, number: int) -> Group:
        """Group of one lesion of the prior study that is gone, tracked as it was there."""
        group = MeasurementsAndQualitativeEvaluations(
            tracking_identifier=TrackingIdentifier(uid=lesion.tracking_uid, identifier=f"Vanished lesion {number}"),
            finding_type=VANISHED_LESION,
            finding_sites=rows.finding_sites(lesion.levels) or None,
            measurements=vanished_measurements(lesion),
        )
        return _with(group, [*rows.level_texts(lesion), rows.comment(vanished_sentence(lesion))])

    def _region_or_group(
        self,
        segment: ReferencedSegment | None,
        *,
        tracking: TrackingIdentifier,
        finding_type: Code,
        site_names: Sequence[str],
        measurements: list[Measurement],
        evaluations: list[QualitativeEvaluation],
        with_algorithm: bool = False,
    ) -> Group:
        """TID 1411 on a segment, TID 1501 where there is none (a level cut off, findings without masks)."""
        sites = rows.finding_sites(site_names) or None
        algorithm = self._algorithm() if with_algorithm else None
        if segment is None:
            return MeasurementsAndQualitativeEvaluations(
                tracking_identifier=tracking,
                finding_type=finding_type,
                finding_sites=sites,
                algorithm_id=algorithm,
                measurements=measurements or None,
                qualitative_evaluations=evaluations,
            )
        return VolumetricROIMeasurementsAndQualitativeEvaluations(
            referenced_segment=segment,
            tracking_identifier=tracking,
            finding_type=finding_type,
            finding_sites=sites,
            algorithm_id=algorithm,
            measurements=measurements or None,
            qualitative_evaluations=evaluations,
        )

    def _algorithm(self) -> AlgorithmIdentification:
        algorithm = self.findings.algorithm
        return AlgorithmIdentification(
            name=algorithm.name, version=algorithm.version, parameters=parameter_texts(algorithm)
        )


def _with(group: Group, items: Sequence[ContentItem]) -> Group:
    """Add what highdicom's templates have no argument for: texts and UIDs (TID 1501 and 1411 are extensible)."""
    group[0].ContentSequence.extend(items)
    return group


def _segment_reference(
    owner: SourceObjects | None, segments: SegObject | None, value: int | None
) -> ReferencedSegment | None:
    if owner is None or segments is None or value is None or value not in segments.segment_numbers:
        return None
    return ReferencedSegment(
        sop_class_uid=segments.dataset.SOPClassUID,
        sop_instance_uid=segments.dataset.SOPInstanceUID,
        segment_number=segments.segment_numbers[value],
        source_series=SourceSeriesForSegmentation(owner.source.series.series_instance_uid),
    )


def _vertebra_value(name: str) -> int | None:
    if name == "S1":
        return SACRUM
    if name.startswith("V"):
        return UNNAMED_OFFSET + int(name[1:])
    return VERTEBRA_VALUES.get(name)


def _structure_name(name: str) -> str:
    """Name of the level's segment: the sacrum is one segment."""
    return "sacrum" if name == "S1" else name


def parameter_texts(algorithm: AlgorithmIdentity) -> list[str]:
    """Algorithm parameters as the SR writes them, "name=value" each."""
    return [f"{name}{PARAMETER_SEPARATOR}{value}" for name, value in algorithm_parameters(algorithm).items()]
