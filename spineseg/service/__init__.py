"""DICOM node: instances from the network -> studies analysed, results sent, a worklist; see docs/operations.md."""
