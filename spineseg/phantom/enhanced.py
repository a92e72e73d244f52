"""Rendered image + SeriesHeader -> one Enhanced MR or Enhanced CT multi-frame file (PS3.3 A.36, A.38)."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian

from spineseg.domain.uids import derive_uid
from spineseg.domain.volume import Modality, spacing_mm
from spineseg.phantom.dicom import (
    HU_OF_ZERO,
    CtProtocol,
    MrProtocol,
    SeriesHeader,
    add_pixel_description,
    decimal_string,
    decimal_strings,
    encode,
    file_meta,
    orientation_of,
    slice_positions,
    stored_values,
    study_and_series,
)

_VOLUMETRIC = {
    "PixelPresentation": "MONOCHROME",
    "VolumetricProperties": "VOLUME",
    "VolumeBasedCalculationTechnique": "NONE",
}
_MR_IMAGE_DESCRIPTION = {**_VOLUMETRIC, "ComplexImageComponent": "MAGNITUDE", "AcquisitionContrast": "UNKNOWN"}
_CT_IMAGE_DESCRIPTION = _VOLUMETRIC

# Values that nobody reads but the IODs ask for (PS3.3 A.36.2.4, A.38.1.4).
_MR_PULSE_SEQUENCE: dict[str, object] = {
    "ResonantNucleus": "1H", "KSpaceFiltering": "NONE", "ApplicableSafetyStandardAgency": "IEC",
    "PulseSequenceName": "PHANTOM", "MultiPlanarExcitation": "NO", "OversamplingPhase": "NONE", "PhaseContrast": "NO",
    "TimeOfFlightContrast": "NO", "SteadyStatePulseSequence": "NONE", "EchoPlanarPulseSequence": "NO",
    "SaturationRecovery": "NO", "SpectrallySelectedSuppression": "NONE", "GeometryOfKSpaceTraversal": "RECTILINEAR",
    "RectilinearPhaseEncodeReordering": "LINEAR", "SegmentedKSpaceTraversal": "SINGLE",
    "NumberOfKSpaceTrajectories": 1,
}  # fmt: skip
_MR_MODIFIER: dict[str, object] = {
    "FlowCompensation": "NONE", "Spoiling": "NONE", "T2Preparation": "NO", "SpectrallySelectedExcitation": "NONE",
    "SpatialPresaturation": "NONE", "PartialFourier": "NO", "ParallelAcquisition": "NO",
}  # fmt: skip
_MR_FIELD_OF_VIEW: dict[str, object] = {
    "InPlanePhaseEncodingDirection": "ROW", "MRAcquisitionPhaseEncodingStepsOutOfPlane": 1,
    "PercentSampling": "100", "PercentPhaseFieldOfView": "100",
}  # fmt: skip
_MR_ACQUISITION: dict[str, dict[str, object]] = {
    "MRImagingModifierSequence": {
        "MagnetizationTransfer": "NONE", "BloodSignalNulling": "NO", "Tagging": "NONE",
        "TransmitterFrequency": 63.87, "PixelBandwidth": "200",  # MHz of hydrogen at 1.5 T; Hz
    },
    "MRAveragesSequence": {"NumberOfAverages": "1"},
    "MRReceiveCoilSequence": {
        "ReceiveCoilName": "SPINE", "ReceiveCoilManufacturerName": "", "ReceiveCoilType": "BODY",
        "QuadratureReceiveCoil": "NO",
    },
    "MRTransmitCoilSequence": {
        "TransmitCoilName": "BODY", "TransmitCoilManufacturerName": "", "TransmitCoilType": "BODY",
    },
}  # fmt: skip
_CT_FILTER: dict[str, object] = {"FilterType": "FLAT", "FilterMaterial": "ALUMINUM"}
_CT_RECONSTRUCTION: dict[str, object] = {
    "ReconstructionAlgorithm": "FILTER_BACK_PROJ",
    "ConvolutionKernelGroup": "BONE",
    "ReconstructionAngle": 360.0,
    "ImageFilter": "NONE",
}
_CT_ACQUISITION: dict[str, dict[str, object]] = {
    # A scan with gantry and table at rest.
    "CTAcquisitionTypeSequence": {"AcquisitionType": "SEQUENCED", "ConstantVolumeFlag": "NO", "FluoroscopyFlag": "NO"},
    "CTAcquisitionDetailsSequence": {
        "RotationDirection": "CW", "RevolutionTime": 1.0, "SingleCollimationWidth": 1.0, "TotalCollimationWidth": 1.0,
        "TableHeight": 0.0, "GantryDetectorTilt": 0.0, "DataCollectionDiameter": "500",
    },
    "CTTableDynamicsSequence": {},
    "CTPositionSequence": {
        "TablePosition": 0.0, "DataCollectionCenterPatient": [0.0, 0.0, 0.0],
        "ReconstructionTargetCenterPatient": [0.0, 0.0, 0.0],
    },
    "CTGeometrySequence": {"DistanceSourceToDetector": 1000.0, "DistanceSourceToDataCollectionCenter": 500.0},
    "CTExposureSequence": {
        "ExposureTimeInms": 1000.0, "XRayTubeCurrentInmA": 100.0, "ExposureInmAs": 100.0,
        "ExposureModulationType": "NONE",
    },
}  # fmt: skip


def write_enhanced(
    folder: Path,
    grid: highdicom.Volume,
    header: SeriesHeader,
    *,
    reverse: bool = False,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
) -> Path:
    """Write one multi-frame file.

    Parameters
    ----------
    folder
        Made where it does not exist.
    grid : (slice, row, column) float
        HU for CT; for MR any unit between 0 and 65535. Values are rounded and clipped to 16 bits.
    reverse
        Whether the frames run against the slice index.
    transfer_syntax_uid
        A native syntax or a lossless one that pydicom encodes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = slice(None, None, -1) if reverse else slice(None)
    stored = np.ascontiguousarray(stored_values(grid.array, header.modality)[order])
    dataset = _dataset(grid, header, slice_positions(grid)[order])
    meta = file_meta(dataset.SOPClassUID, transfer_syntax_uid)
    path = folder / f"{header.series_number:03d}-enhanced.dcm"
    path.write_bytes(encode(dataset, meta, stored, transfer_syntax_uid))
    return path


def _dataset(grid: highdicom.Volume, header: SeriesHeader, positions: NDArray[np.float64]) -> Dataset:
    dataset = study_and_series(header)
    dataset.SOPInstanceUID = derive_uid(header.series_instance_uid, "enhanced")
    dataset.InstanceNumber = 1
    del dataset.AcquisitionDate, dataset.AcquisitionTime  # one attribute in the enhanced objects
    dataset.AcquisitionDateTime = header.acquired_at.strftime("%Y%m%d%H%M%S")
    dataset.AcquisitionDuration = 60.0
    dataset.AcquisitionContextSequence = []
    dataset.NumberOfFrames = len(positions)
    dataset.Rows, dataset.Columns = (int(size) for size in grid.spatial_shape[1:])
    dataset.PresentationLUTShape = "IDENTITY"
    dataset.BurnedInAnnotation = "NO"
    dataset.LossyImageCompression = "00"
    dataset.ContentQualification = "RESEARCH"
    add_pixel_description(dataset)
    _add_dimensions(dataset, header)
    dataset.ImageType = [*(header.image_type or ("ORIGINAL", "PRIMARY"))[:2], "VOLUME", "NONE"]
    shared = Dataset()
    _add_geometry(shared, grid, header)
    if isinstance(header.protocol, MrProtocol):
        _add_mr(dataset, shared, header.protocol)
    else:
        _add_ct(dataset, shared, header.protocol)
    if header.protocol.contrast_bolus_agent:
        _add_contrast(dataset, shared, header.protocol.contrast_bolus_agent)
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = [
        _frame(number, position, header) for number, position in enumerate(positions, start=1)
    ]
    return dataset


def _item(**values: object) -> list[Dataset]:
    """A sequence of one item."""
    item = Dataset()
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return [item]


def _add_dimensions(dataset: Dataset, header: SeriesHeader) -> None:
    uid = derive_uid(header.series_instance_uid, "dimensions")
    dataset.DimensionOrganizationSequence = _item(DimensionOrganizationUID=uid)
    dataset.DimensionIndexSequence = [
        _item(DimensionOrganizationUID=uid, DimensionIndexPointer=pointer, FunctionalGroupPointer=group)[0]
        for pointer, group in ((0x00209056, 0x00209111), (0x00209057, 0x00209111))
    ]  # Stack ID and In-Stack Position Number of the Frame Content Sequence


def _add_geometry(shared: Dataset, grid: highdicom.Volume, header: SeriesHeader) -> None:
    slice_mm, row_mm, column_mm = spacing_mm(grid)
    shared.PixelMeasuresSequence = _item(
        PixelSpacing=decimal_strings((row_mm, column_mm)),
        SliceThickness=decimal_string(header.slice_thickness_mm or float(slice_mm)),
        SpacingBetweenSlices=decimal_string(float(slice_mm)),
    )
    shared.PlaneOrientationSequence = _item(ImageOrientationPatient=orientation_of(grid))
    region = _item(CodeValue="421060004", CodingSchemeDesignator="SCT", CodeMeaning="Spine")
    shared.FrameAnatomySequence = _item(FrameLaterality="U", AnatomicRegionSequence=region)
    is_ct = header.modality is Modality.CT
    shared.PixelValueTransformationSequence = _item(
        RescaleIntercept=decimal_string(HU_OF_ZERO if is_ct else 0.0),
        RescaleSlope="1",
        RescaleType="HU" if is_ct else "US",
    )
    shared.FrameVOILUTSequence = _item(WindowCenter="300" if is_ct else "500", WindowWidth="2000" if is_ct else "1000")


def _frame(number: int, position: NDArray[np.float64], header: SeriesHeader) -> Dataset:
    frame = Dataset()
    moment = header.acquired_at.strftime("%Y%m%d%H%M%S")
    frame.FrameContentSequence = _item(
        FrameAcquisitionNumber=1,
        FrameReferenceDateTime=moment,
        FrameAcquisitionDateTime=moment,
        FrameAcquisitionDuration=1000.0,
        StackID="1",
        InStackPositionNumber=number,
        DimensionIndexValues=[1, number],
    )
    frame.PlanePositionSequence = _item(ImagePositionPatient=decimal_strings(position))
    return frame


def _add_mr(dataset: Dataset, shared: Dataset, protocol: MrProtocol) -> None:
    dataset.SOPClassUID = EnhancedMRImageStorage
    is_gradient_echo = "GR" in protocol.scanning_sequence
    _set(
        dataset,
        MagneticFieldStrength=protocol.field_strength_t,
        MRAcquisitionType=protocol.acquisition_type,
        EchoPulseSequence="GRADIENT" if is_gradient_echo else "SPIN",
        **({} if is_gradient_echo else {"MultipleSpinEcho": "NO"}),
        **({"CoverageOfKSpace": "FULL"} if protocol.acquisition_type == "3D" else {}),
        **_MR_PULSE_SEQUENCE,
        **_MR_IMAGE_DESCRIPTION,
    )
    echoes = ("GradientEchoTrainLength", "RFEchoTrainLength")
    train = dict(zip(echoes if is_gradient_echo else echoes[::-1], (protocol.echo_train_length, 0), strict=True))
    inversion = {} if protocol.inversion_time_ms is None else {"InversionTimes": [protocol.inversion_time_ms]}
    _set(
        shared,
        MRImageFrameTypeSequence=_item(FrameType=dataset.ImageType, **_MR_IMAGE_DESCRIPTION),
        MRTimingAndRelatedParametersSequence=_item(
            RepetitionTime=decimal_string(protocol.repetition_time_ms),
            FlipAngle=decimal_string(protocol.flip_angle_deg),
            EchoTrainLength=protocol.echo_train_length,
            SpecificAbsorptionRateSequence=_item(
                SpecificAbsorptionRateDefinition="IEC_WHOLE_BODY", SpecificAbsorptionRateValue=1.0
            ),
            OperatingModeSequence=_item(OperatingModeType="RF", OperatingMode="IEC_NORMAL"),
            **train,
        ),
        MREchoSequence=_item(EffectiveEchoTime=protocol.echo_time_ms),
        MRModifierSequence=_item(InversionRecovery="YES" if inversion else "NO", **inversion, **_MR_MODIFIER),
        MRFOVGeometrySequence=_item(
            MRAcquisitionFrequencyEncodingSteps=dataset.Columns,
            MRAcquisitionPhaseEncodingStepsInPlane=dataset.Rows,
            **_MR_FIELD_OF_VIEW,
        ),
        **{keyword: _item(**values) for keyword, values in _MR_ACQUISITION.items()},
    )


def _add_ct(dataset: Dataset, shared: Dataset, protocol: CtProtocol) -> None:
    dataset.SOPClassUID = EnhancedCTImageStorage
    _set(dataset, **_CT_IMAGE_DESCRIPTION)
    reconstruction = {**_CT_RECONSTRUCTION, "ConvolutionKernel": protocol.convolution_kernel}
    field_mm = float(shared.PixelMeasuresSequence[0].PixelSpacing[1]) * dataset.Columns
    _set(
        shared,
        CTImageFrameTypeSequence=_item(FrameType=dataset.ImageType, **_CT_IMAGE_DESCRIPTION),
        IrradiationEventIdentificationSequence=_item(
            IrradiationEventUID=derive_uid(dataset.SeriesInstanceUID, "irradiation")
        ),
        CTReconstructionSequence=_item(
            ReconstructionPixelSpacing=shared.PixelMeasuresSequence[0].PixelSpacing,
            ReconstructionDiameter=decimal_string(field_mm),
            **reconstruction,
        ),
        CTXRayDetailsSequence=_item(
            KVP=decimal_string(protocol.kvp), FocalSpots="1", FilterType="FLAT", FilterMaterial="ALUMINUM"
        ),
        **{keyword: _item(**values) for keyword, values in _CT_ACQUISITION.items()},
    )


def _add_contrast(dataset: Dataset, shared: Dataset, agent: str) -> None:
    """Enhanced Contrast/Bolus module and macro (PS3.3 C.7.6.4b)."""
    code = {"CodeValue": "385420005", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Contrast agent"}
    route = {"CodeValue": "47625008", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Intravenous route"}
    dataset.ContrastBolusAgentSequence = _item(
        **code,
        ContrastBolusAgentNumber=1,
        ContrastBolusAdministrationRouteSequence=_item(**route),
        ContrastBolusIngredientCodeSequence=_item(**{**code, "CodeMeaning": agent}),
        ContrastBolusVolume="",
        ContrastBolusIngredientConcentration="",
    )
    shared.ContrastBolusUsageSequence = _item(
        ContrastBolusAgentNumber=1, ContrastBolusAgentAdministered="YES", ContrastBolusAgentDetected="YES"
    )


def _set(dataset: Dataset, **values: object) -> None:
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
