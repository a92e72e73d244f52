"""Orthanc Python plugin: send every stable study that holds MR or CT to the modality "spineseg" (the node).

"PythonScript": "spineseg.py", "DicomModalities": {"spineseg": ["SPINESEG", "127.0.0.1", 11112]}
The node ignores its own results and instances that it has, so that a study which becomes stable again is harmless.
"""

import json
import threading

import orthanc  # the plugin's own module

IMAGES = ("MR", "CT")


def on_change(change_type, _level, resource_id):
    """Hand a stable study to a thread: the callback must not block."""
    if change_type == orthanc.ChangeType.STABLE_STUDY:
        threading.Thread(target=send, args=(resource_id,), daemon=True).start()


def send(study_id):
    """C-STORE to the node."""
    series = json.loads(orthanc.RestApiGet(f"/studies/{study_id}/series"))
    if any(one["MainDicomTags"].get("Modality") in IMAGES for one in series):
        orthanc.RestApiPost("/modalities/spineseg/store", study_id)


orthanc.RegisterOnChangeCallback(on_change)
