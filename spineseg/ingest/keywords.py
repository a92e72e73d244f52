"""What is read of a header: DICOM keywords by what they serve."""

from __future__ import annotations

NUMBERS = (
    "RepetitionTime", "EchoTime", "InversionTime", "EchoTrainLength", "FlipAngle", "SliceThickness", "DiffusionBValue",
)  # fmt: skip
CODES = (
    "ImageType", "ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "EchoPulseSequence",
    "EchoPlanarPulseSequence", "ConvolutionKernel", "Manufacturer",
)  # fmt: skip
SERIES_TEXTS = ("SeriesDescription", "ProtocolName", "SequenceName", "PulseSequenceName")
STUDY_TEXTS = ("StudyDescription", "RequestedProcedureDescription", "PerformedProcedureStepDescription")
AGENT = ("ContrastBolusAgent", "ContrastBolusAgentSequence")
GEOMETRY = (
    "ImageOrientationPatient", "ImagePositionPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
IDENTITY = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "FrameOfReferenceUID",
    "Modality", "BodyPartExamined",
)  # fmt: skip
# What tells images at one place apart: echoes, Dixon images, time points, b values.
REPEATS = ("TemporalPositionIdentifier", "AcquisitionNumber")
KEYWORDS = (*IDENTITY, *GEOMETRY, *NUMBERS, *CODES, *SERIES_TEXTS, *STUDY_TEXTS, *AGENT, *REPEATS)

# Functional groups of enhanced objects (PS3.3 C.7.6.16) and the classic keyword of what they hold.
ENHANCED_NUMBERS = (
    ("MRTimingAndRelatedParametersSequence", "RepetitionTime", "RepetitionTime"),
    ("MRTimingAndRelatedParametersSequence", "EchoTrainLength", "EchoTrainLength"),
    ("MRTimingAndRelatedParametersSequence", "FlipAngle", "FlipAngle"),
    ("MREchoSequence", "EffectiveEchoTime", "EchoTime"),
    ("MRModifierSequence", "InversionTimes", "InversionTime"),
    ("MRDiffusionSequence", "DiffusionBValue", "DiffusionBValue"),
    ("PixelMeasuresSequence", "SliceThickness", "SliceThickness"),
)
