"""Study -> volumes of the best series that load: where one is no volume, its role goes to the next best."""

from __future__ import annotations

from dataclasses import replace

from spineseg.domain.study import ChosenSeries, Refusal, RefusedSeries, Series, SeriesSelection, Study
from spineseg.domain.volume import Volume
from spineseg.errors import GeometryError, InputError, NoSuitableSeriesError
from spineseg.ingest.loading import load_volume
from spineseg.ingest.selection import select_series

LoadedSeries = tuple[ChosenSeries, Volume]


def load_study(study: Study) -> tuple[SeriesSelection, tuple[LoadedSeries, ...]]:
    """Select and load the series of a study.

    Returns
    -------
    selection
        With the series that could not be loaded among the refused.
    loaded
        In the order of the selection.

    Raises
    ------
    NoSuitableSeriesError
        No series is left; carries every reason.
    """
    failed: dict[tuple[str, int], RefusedSeries] = {}
    loaded: dict[tuple[str, int], Volume] = {}
    while True:
        remaining = tuple(series for series in study.series if _key(series) not in failed)
        selection = _select(replace(study, series=remaining), tuple(failed.values()))
        missing = [chosen for chosen in selection.chosen if _key(chosen.series) not in loaded]
        if not missing:
            selection = replace(selection, refused=(*selection.refused, *failed.values()))
            return selection, tuple((chosen, loaded[_key(chosen.series)]) for chosen in selection.chosen)
        chosen = missing[0]
        try:
            loaded[_key(chosen.series)] = load_volume(chosen)
        except InputError as error:
            failed[_key(chosen.series)] = _refused(chosen.series, error)


def _select(study: Study, failed: tuple[RefusedSeries, ...]) -> SeriesSelection:
    try:
        return select_series(study)
    except NoSuitableSeriesError as error:
        reasons = (*error.refusals, *(f"series {one.series_number}: {one.detail}" for one in failed))
        raise NoSuitableSeriesError(error.what, error.where, error.remedy, refusals=reasons) from error


def _refused(series: Series, error: InputError) -> RefusedSeries:
    refusal = Refusal.GEOMETRY if isinstance(error, GeometryError) else Refusal.UNREADABLE_PIXELS
    return RefusedSeries(
        series_instance_uid=series.series_instance_uid,
        series_number=series.series_number,
        part=series.part,
        refusal=refusal,
        detail=error.what,
    )


def _key(series: Series) -> tuple[str, int]:
    return (series.series_instance_uid, series.part)
