"""Folder or file -> studies, series and volumes: everything that reads what the user gives."""

from spineseg.ingest.discovery import discover
from spineseg.ingest.imagefile import load_image_file, save_label_map
from spineseg.ingest.loading import load_volume
from spineseg.ingest.selection import select_series
from spineseg.ingest.volumes import load_study

__all__ = ["discover", "load_image_file", "load_study", "load_volume", "save_label_map", "select_series"]
