"""Tables, pictures and reliability -> one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment

from spineseg.evaluation.reliability import Reliability

_SIDE = 240  # pixels of the reliability plot
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1d2330 }
table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .25rem .7rem; text-align: left;
border-bottom: 1px solid #d5dae3 } figure { margin: 1rem 0 } img { max-width: 100%; background: #000 }
.plot { border: 1px solid #8891a3; border-width: 0 0 1px 1px }
</style></head><body>
<h1>{{ title }}</h1><p>Research use only. Not a medical device.</p>
{% for note in notes %}<p>{{ note }}</p>{% endfor %}
{% for name, (header, rows) in sections.items() %}
<h2>{{ name }}</h2>
{% if rows %}<table><tr>{% for cell in header %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>
{% else %}<p>Not measured.</p>{% endif %}
{% endfor %}
{% if points %}<figure><svg class="plot" width="{{ side }}" height="{{ side }}" role="img"
 aria-label="share that is true against the probability said">
<line x1="0" y1="{{ side }}" x2="{{ side }}" y2="0" stroke="#8891a3" stroke-dasharray="4 4"/>
<polyline fill="none" stroke="#0b62c4" stroke-width="2"
 points="{% for x, y in points %}{{ x }},{{ y }} {% endfor %}"/>
{% for x, y in points %}<circle cx="{{ x }}" cy="{{ y }}" r="4" fill="#0b62c4"/>{% endfor %}
</svg>
<figcaption>Cord: probability said (across) and share that is true (up); they agree on the dashed line.</figcaption>
</figure>{% endif %}
{% for name, data in pictures.items() %}
<figure><img alt="{{ name }} case" src="data:image/png;base64,{{ data }}">
<figcaption>{{ name }} case</figcaption></figure>
{% endfor %}
</body></html>
"""


def render(
    title: str,
    sections: Mapping[str, tuple[Sequence[str], list[list[str]]]],
    pictures: Mapping[str, Path],
    found: Reliability,
    notes: Sequence[str] = (),
) -> str:
    """The page.

    Parameters
    ----------
    sections
        Heading -> header and rows.
    pictures
        Name -> PNG file; one that is not there is left out.
    notes
        Paragraphs under the title.
    """
    points = [(round(said * _SIDE, 1), round((1 - true) * _SIDE, 1)) for said, true, _ in found.points()]
    encoded = {name: base64.b64encode(path.read_bytes()).decode() for name, path in pictures.items() if path.is_file()}
    template = Environment(autoescape=True).from_string(_PAGE)
    return template.render(title=title, sections=sections, pictures=encoded, points=points, notes=notes, side=_SIDE)
