"""YAML file + pydantic model -> settings; a missing file, a wrong key or value is one line with file and field."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from spineseg.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)


def read_settings_file(path: Path, model: type[Model], *, what: str, remedy: str) -> Model:
    """Content of a file as a model that refuses unknown keys.

    Parameters
    ----------
    what
        Name of the file's content in errors, such as "the datalist".
    remedy
        What to do where the file cannot be read.

    Raises
    ------
    SettingsError
        The file is missing, is not YAML, or has a key or value that is not known.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{what} cannot be read", str(path), remedy) from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{what}: not YAML", str(path), str(error)) from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "whole file"
        raise SettingsError(f"{what}: wrong key or value", f"{path}: {field}", first["msg"]) from error
