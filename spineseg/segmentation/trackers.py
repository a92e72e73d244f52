"""Numbers of a training -> TensorBoard or MLflow, each in a local folder; optional, by `spineseg[train]`."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from spineseg.errors import SettingsError

KINDS = ("tensorboard", "mlflow")


class Tracker(Protocol):
    """Something that draws curves."""

    def log(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Numbers of one step; unknown ones (NaN) are left out."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def make_trackers(kinds: Sequence[str], out: Path, settings: Mapping[str, object], *, step: int) -> list[Tracker]:
    """Trackers that write below a training's folder.

    Parameters
    ----------
    settings
        Shown beside the curves.
    step
        Step that the training goes on from; what TensorBoard has of later ones is hidden.

    Raises
    ------
    SettingsError
        The package is not installed.
    """
    return [_MAKERS[kind](out, settings, step) for kind in kinds]


class _TensorBoard:
    def __init__(self, out: Path, settings: Mapping[str, object], step: int) -> None:
        module = _imported("torch.utils.tensorboard", "tensorboard")
        self._writer = module.SummaryWriter(str(out / "tensorboard"), purge_step=step or None)
        self._writer.add_text("settings", "\n".join(f"    {name}: {value}" for name, value in settings.items()), step)

    def log(self, group: str, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            if not math.isnan(value):
                self._writer.add_scalar(f"{group}/{name}", value, step)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class _Mlflow:
    def __init__(self, out: Path, settings: Mapping[str, object], step: int) -> None:
        # Read at import: no usage figures leave this machine, and a local folder is what is asked for.
        os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true", MLFLOW_ALLOW_FILE_STORE="true")
        self._client = _imported("mlflow.tracking", "mlflow").MlflowClient((out / "mlflow").resolve().as_uri())
        experiment = self._client.get_experiment_by_name("spineseg")
        number = experiment.experiment_id if experiment else self._client.create_experiment("spineseg")
        earlier = self._client.search_runs([number]) if step else []
        self._run: str = (earlier[0] if earlier else self._client.create_run(number)).info.run_id
        if not earlier:
            for name, value in settings.items():
                self._client.log_param(self._run, name, str(value)[:500])  # MLflow's limit of a value

    def log(self, group: str, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            if not math.isnan(value):
                self._client.log_metric(self._run, f"{group}/{name}", value, step=step)

    def close(self) -> None:
        self._client.set_terminated(self._run)


def _imported(module: str, package: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingsError(f"{package} is not installed", "trackers", "install spineseg[train]") from error


_MAKERS: dict[str, Callable[[Path, Mapping[str, object], int], Tracker]] = {
    "tensorboard": _TensorBoard,
    "mlflow": _Mlflow,
}
