"""A map one can look at: one file, drawn as SVG, asks nobody for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH = 1100.0
MARGIN = 20.0

_STYLE = """
body{font:14px system-ui,sans-serif;margin:1rem;color:#1c2430;background:#fff}
svg{width:100%;height:auto;border:1px solid #c9d1dc;background:#f7f9fb}
fieldset{border:0;padding:0;margin:0 0 .6rem;display:flex;flex-wrap:wrap;gap:.4rem 1rem}
path{fill:none;stroke-width:1.6;stroke-linejoin:round}circle{stroke:#fff;stroke-width:.6}
.hidden{display:none}table{border-collapse:collapse;margin-top:1rem}td,th{padding:.2rem .6rem;text-align:right}
"""

_SCRIPT = """
function show(){const on=new Set([...document.querySelectorAll('input[name=layer]:checked')].map(x=>x.value));
const day=document.querySelector('select').value;
for(const g of document.querySelectorAll('g[data-layer]'))
g.classList.toggle('hidden',!on.has(g.dataset.layer)||(day!==''&&g.dataset.day!==''&&g.dataset.day!==day))}
document.addEventListener('change',show);show();
"""


@dataclass(frozen=True, slots=True)
class MapLine:
    """A route: layer (rep), day, positions in order."""

    layer: str
    day: str
    places: tuple[tuple[float, float], ...]
    title: str


@dataclass(frozen=True, slots=True)
class MapDot:
    """A store."""

    layer: str
    place: tuple[float, float]
    title: str


def colour(number: int) -> str:
    """Colours far apart on the wheel, dark enough on white."""
    return f"hsl({(number * 137.5) % 360:.0f} 70% {38 + 10 * (number % 2)}%)"


def _projection(places: NDArray[np.float64], degrees: bool) -> tuple[NDArray[np.float64], float]:
    """Pixels: equirectangular about the middle for degrees, straight for plane coordinates. Returns height too."""
    low, high = places.min(axis=0), places.max(axis=0)
    squeeze = float(np.cos(np.radians((low[1] + high[1]) / 2.0))) if degrees else 1.0
    span = np.maximum(high - low, 1e-9) * np.array([squeeze, 1.0])
    scale = (WIDTH - 2 * MARGIN) / max(span[0], span[1] * 0.8)
    x = MARGIN + (places[:, 0] - low[0]) * squeeze * scale
    y = MARGIN + (high[1] - places[:, 1]) * scale
    return np.column_stack([x, y]), float(span[1] * scale + 2 * MARGIN)


def draw_map(
    title: str, notes: Sequence[str], lines: Sequence[MapLine], dots: Sequence[MapDot], degrees: bool
) -> str:
    """The page as text. Layers can be switched on and off, and one day looked at alone."""
    every = np.array(
        [p for line in lines for p in line.places] + [dot.place for dot in dots], dtype=np.float64
    )
    if len(every) == 0:
        every = np.zeros((1, 2))
    pixels, height = _projection(every.reshape(-1, 2), degrees)
    layers = list(dict.fromkeys([line.layer for line in lines] + [dot.layer for dot in dots]))
    ink = {layer: colour(number) for number, layer in enumerate(layers)}
    shapes, at = [], 0
    for line in lines:
        points = pixels[at : at + len(line.places)]
        at += len(line.places)
        steps = " ".join(f"{'M' if k == 0 else 'L'}{x:.1f} {y:.1f}" for k, (x, y) in enumerate(points))
        shapes.append(
            f'<g data-layer="{escape(line.layer)}" data-day="{escape(line.day)}"><path stroke="{ink[line.layer]}" '
            f'stroke-opacity=".55" d="{steps}"><title>{escape(line.title)}</title></path></g>'
        )
    for dot, (x, y) in zip(dots, pixels[at:], strict=True):
        shapes.append(
            f'<g data-layer="{escape(dot.layer)}" data-day=""><circle cx="{x:.1f}" cy="{y:.1f}" r="3" '
            f'fill="{ink[dot.layer]}"><title>{escape(dot.title)}</title></circle></g>'
        )
    return _page(title, notes, layers, ink, sorted({line.day for line in lines}), shapes, height)


def _page(
    title: str,
    notes: Sequence[str],
    layers: Sequence[str],
    ink: dict[str, str],
    days: Sequence[str],
    shapes: Sequence[str],
    height: float,
) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="layer" value="{escape(layer)}" checked> '
        f'<span style="color:{ink[layer]}">■</span> {escape(layer)}</label>'
        for layer in layers
    )
    options = "".join(f'<option value="{escape(day)}">{escape(day)}</option>' for day in days)
    told = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{told}<fieldset>{boxes}"
        f'<label>Day <select><option value="">all</option>{options}</select></label></fieldset>'
        f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" role="img" aria-label="{escape(title)}">{"".join(shapes)}</svg>'
        f"<script>{_SCRIPT}</script></body></html>"
    )
