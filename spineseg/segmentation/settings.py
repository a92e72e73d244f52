"""train.yaml -> StageSettings: what a researcher may change of the training; unknown keys are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spineseg.domain.settingsfile import read_settings_file
from spineseg.errors import SettingsError
from spineseg.segmentation.classes import Stage, class_names
from spineseg.segmentation.metadata import WEIGHTS

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
_SCRATCH = Path("scratch")


class DataShare(BaseModel):
    """A converted set (`spineseg data`) and how often it is drawn from, against the others and `phantom_weight`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    weight: Positive = 1.0


class StageSettings(BaseModel):
    """Training of one network.

    Parameters
    ----------
    bundle
        MONAI bundle whose `network_def` is trained, relative to the working directory.
    patch_voxels : (x, y, z) [voxels]
        What the network sees at a time.
    sample_voxels : (x, y, z) [voxels]
        Extent of the drawn samples where it is larger: patches are cut from them, each time another.
    spacing_mm, coarse_spacing_mm, coarse_share
        Working spacing, and the spacing and share of the samples that teach the localiser.
    minutes, steps
        Budget: exactly one of them; the learning rate's cosine spans it.
    reuse, pool
        Each drawn sample is shown about `reuse` times, freshly augmented, picked from the last `pool`.
    loaders
        Processes that prepare examples beside each training process, each with a pool of its own; one feeds two CPU
        cores, a GPU needs more. Another number is another order of examples: resume with the same.
    start_from
        Bundle or training whose weights are taken over before the first step, as far as they fit; where it is not
        given and there are `data`, the weights of `bundle`, if it has any. "scratch" for none.
    score_every
        Steps between two scores on real images, by which the best weights are chosen.
    modality
        Train on this one only; both where it is not given.
    backgrounds_share
        Share of the samples that are hybrids, where backgrounds are given (`spineseg train --backgrounds`).
    context_from
        Anatomy bundle whose result in each sample a lesion network is told; the truth made imperfect where it is
        not given.
    class_weights
        Weight of each class by name, in the cross-entropy and in the Dice.
    data
        Converted sets whose training cases are mixed with the phantoms; anatomy only.
    phantom_weight
        How often a phantom is drawn, where there are `data`.
    cache
        Folder of the sets' cases at the working spacing; `cache/` in each set's own folder where it is not given.
    accumulate
        Batches whose gradients make one step: the same as a batch so many times as large, in less memory.
    patience
        Validations without a better score after which the training ends; it runs out its budget where not given.
    trackers
        What draws the curves beside the CSV files, each in the training's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    bundle: Path
    patch_voxels: tuple[Count, Count, Count]
    spacing_mm: Positive
    sample_voxels: tuple[Count, Count, Count] | None = None
    coarse_spacing_mm: Positive = 4.0
    coarse_share: Share = 0.0
    minutes: Positive | None = None
    steps: Count | None = None
    seed: int = 0
    batch: Count = 1
    reuse: Count = 3
    pool: Count = 40
    loaders: Count = 1
    learning_rate: Positive = 2e-3
    warmup_steps: int = 100
    weight_decay: float = 1e-4
    gradient_clip: Positive = 5.0
    ema_decay: Share = 0.998
    class_weights: dict[str, Positive] = Field(default_factory=dict)
    log_every: Count = 50
    validate_every: Count = 500
    validation_cases: int = 8
    checkpoint_every: Count = 250
    start_from: Path | None = None
    score_every: Count = 2000
    modality: Literal["MR", "CT"] | None = None
    # Half, as the trial of hybrids asked for.
    backgrounds_share: Share = 0.5
    context_from: Path | None = None
    data: tuple[DataShare, ...] = ()
    phantom_weight: Positive = 1.0
    cache: Path | None = None
    accumulate: Count = 1
    patience: Count | None = None
    trackers: tuple[Literal["tensorboard", "mlflow"], ...] = ()
    device: str = "auto"

    @model_validator(mode="after")
    def _one_budget(self) -> StageSettings:
        if (self.minutes is None) == (self.steps is None):
            raise ValueError("give either minutes or steps")
        return self

    @property
    def start(self) -> Path | None:
        """Bundle or training to take the first weights from; None for drawn ones."""
        if self.start_from is None and self.data and (self.bundle / WEIGHTS).is_file():
            return self.bundle
        return None if self.start_from == _SCRATCH else self.start_from

    def weights_in_order(self, stage: Stage) -> tuple[float, ...]:
        """Cross-entropy weight of each output channel; 1 where the file names none.

        Raises
        ------
        SettingsError
            A weight is given to a class that the network does not have.
        """
        unknown = set(self.class_weights) - set(class_names(stage))
        if unknown:
            raise SettingsError("unknown class in class_weights", ", ".join(sorted(unknown)), "see class_names")
        return tuple(self.class_weights.get(name, 1.0) for name in class_names(stage))


class TrainSettings(BaseModel):
    """Both networks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    anatomy: StageSettings
    lesions: StageSettings


def read_train_settings(path: Path, stage: Stage, *, minutes: float | None = None) -> StageSettings:
    """Settings of one stage.

    Parameters
    ----------
    minutes
        Replaces the budget of the file; 0 trains no further.

    Raises
    ------
    SettingsError
        The file is missing, is not YAML, or has a key or value that is not known; the minutes are negative.
    """
    if minutes is not None and not minutes >= 0:
        raise SettingsError("minutes cannot be negative", f"{minutes}", "give 0 to train no further, or more")
    both = read_settings_file(path, TrainSettings, what="training settings", remedy="give --config FILE")
    settings: StageSettings = getattr(both, stage.value)
    return settings if minutes is None else settings.model_copy(update={"minutes": minutes, "steps": None})
