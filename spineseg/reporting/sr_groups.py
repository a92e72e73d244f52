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

from spineseg.domain.findings import Findings, LesionFinding, LevelFinding
from spineseg.domain.labels import CANAL_CONTENT, SACRUM, UNNAMED_OFFSET, VERTEBRA, VERTEBRA_VALUES
from spineseg.domain.vocabulary import NEOPLASM
from spineseg.reporting import sr_rows as rows
from spineseg.reporting.context import ResultContext
from spineseg.reporting.seg import SegObject, anatomy_tracking_uid
from spineseg.reporting.source import Source
from spineseg.reporting.sr_evaluations import parameter_texts
from spineseg.reporting.wording import lesion_sentence

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

    def lesion(self, lesion: LesionFinding, number: int) -> Group:
        """Group of one lesion, on its segment where it has one."""
        owner = self.by_series.get(lesion.series_instance_uid)
        group = self._region_or_group(
            _segment_reference(owner, None if owner is None else owner.lesions, (lesion.number,)),
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
        """Group of one level, on its vertebra's segment, else on that of the canal that was measured there."""
        owner = self.by_series.get(level.series_instance_uid)
        uid = anatomy_tracking_uid(
            self.context, self.findings.study_instance_uid, level.series_instance_uid, _structure_name(level.name)
        )
        group = self._region_or_group(
            _segment_reference(owner, None if owner is None else owner.anatomy, _level_values(level)),
            tracking=TrackingIdentifier(uid=uid, identifier=f"Level {level.name}"),
            finding_type=VERTEBRA,
            site_names=(level.name,),
            measurements=rows.level_measurements(level),
            evaluations=rows.level_evaluations(level),
        )
        return _with(group, [*rows.level_texts(level), rows.series(level.series_instance_uid)])

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
    owner: SourceObjects | None, segments: SegObject | None, values: Sequence[int]
) -> ReferencedSegment | None:
    """Reference to the first of these values that has a segment."""
    value = None if segments is None else next((one for one in values if one in segments.segment_numbers), None)
    if owner is None or segments is None or value is None:
        return None
    return ReferencedSegment(
        sop_class_uid=segments.dataset.SOPClassUID,
        sop_instance_uid=segments.dataset.SOPInstanceUID,
        segment_number=segments.segment_numbers[value],
        source_series=SourceSeriesForSegmentation(owner.source.series.series_instance_uid),
    )


def _level_values(level: LevelFinding) -> tuple[int, ...]:
    """Labels that a level may be measured on: its vertebra; where that is cut off, what lies in the canal."""
    vertebra = _vertebra_value(level.name)
    return (*([] if vertebra is None else [vertebra]), *(CANAL_CONTENT if level.measurements else ()))


def _vertebra_value(name: str) -> int | None:
    if name.startswith("S"):
        return SACRUM
    if name.startswith("V"):
        return UNNAMED_OFFSET + int(name[1:])
    return VERTEBRA_VALUES.get(name)


def _structure_name(name: str) -> str:
    """Name of the level's segment: the sacrum is one segment, tracked with S1."""
    return "sacrum" if name == "S1" else name
