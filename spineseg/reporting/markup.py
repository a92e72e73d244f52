"""Template name + values -> HTML in which every value is escaped and a missing one is an error."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def render(template: str, **values: object) -> Markup:
    """HTML of a template of `reporting/templates`.

    The result counts as safe: it may stand inside another template as it is.
    """
    environment = Environment(
        loader=PackageLoader("spineseg.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return Markup(environment.get_template(template).render(**values))  # noqa: S704 # every value was escaped above
