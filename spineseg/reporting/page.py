"""PageView -> report.html: one self-contained page, worst finding first, without scripts or links."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from spineseg.reporting.markup import render
from spineseg.reporting.options import alerts_block, options_section
from spineseg.reporting.page_tables import Table
from spineseg.reporting.page_view import Figure, PageView
from spineseg.reporting.wording import RESEARCH_BANNER


@dataclass(frozen=True, slots=True, kw_only=True)
class _HtmlFigure:
    """A figure whose pictures are data URIs; the legend as name, colour, line width, dash."""

    title: str
    caption: str
    outlined: str
    plain: str
    width: int
    height: int
    legend: tuple[tuple[str, str, float, str], ...]


def render_page(view: PageView) -> str:
    """The page as HTML; every value is escaped."""
    algorithm = Table(header=view.algorithm.header, rows=(*view.algorithm.rows, ("Analysed", view.analysed)))
    return str(
        render(
            "report.html.j2",
            banner=RESEARCH_BANNER,
            view=view,
            algorithm=algorithm,
            figures=[_html_figure(one) for one in view.figures],
            review_figures={place: _html_figure(one) for place, one in view.review_figures.items()},
            alerts=alerts_block(view.options),
            options=options_section(view.options),
        )
    )


def _html_figure(figure: Figure) -> _HtmlFigure:
    return _HtmlFigure(
        title=figure.title, caption=figure.caption, outlined=_data_uri(figure.outlined), plain=_data_uri(figure.plain),
        width=figure.width, height=figure.height,
        legend=tuple(
            (
                one.name, "#{:02x}{:02x}{:02x}".format(*one.rgb), one.width + 1,
                "" if one.dash is None else f"{one.dash[0]:g} {one.dash[1]:g}",
            )
            for one in figure.legend
        ),
    )  # fmt: skip


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
