"""Landmarks + seed -> Shapes of neck and face: airway, larynx, vessels, thyroid, muscles, jaws, tongue.

Places are [mm at size 1] relative to the canal: u to the left, v anterior; read off CT and atlases [P].
"""

from __future__ import annotations

import numpy as np

from spineseg.phantom.ground import BONE, Shape, ball, tube
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.trunk import Landmarks


def draw_neck(rng: np.random.Generator, mark: Landmarks) -> tuple[Shape, ...]:
    """Neck and face in the order in which they are painted."""
    return (*_muscles(rng, mark), *_vessels(rng, mark), *_face(rng, mark), *_airway(rng, mark))


def _muscles(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size * float(np.exp(rng.normal(0, 0.1)))
    streaks = (float(rng.uniform(1.4, 3.0)), Tissue.FAT, 99.0)
    shapes = []
    for side in (1, -1):
        mastoid = [
            mark.at("C1", 50 * side, -4),
            mark.at("C3", 47 * side, 16),
            mark.at("C6", 34 * side, 42),
            mark.at("T2", 14 * side, 68),
        ]
        scalene = [mark.at("C3", 26 * side, 8), mark.at("C6", 32 * side, 14), mark.at("T1", 46 * side, 26)]
        longus = [mark.at("C1", 6 * side, 24), mark.at("C4", 9 * side, 27), mark.at("T2", 11 * side, 29)]
        levator = [mark.at("C1", 32 * side, -6), mark.at("C4", 40 * side, -14), mark.at("T2", 62 * side, -38)]
        shapes += [
            tube(
                mastoid,
                [9 * size, 11 * size, 10 * size, 6 * size],
                Tissue.MUSCLE,
                squash=(0.75, 1.2, 1.0),
                fleck=streaks,
            ),
            tube(scalene, [6 * size, 9 * size, 9 * size], Tissue.MUSCLE, fleck=streaks),
            tube(longus, [4.5 * size, 6 * size, 3.5 * size], Tissue.MUSCLE, squash=(1.3, 0.7, 1.0)),
            tube(levator, 7 * size, Tissue.MUSCLE, fleck=streaks),
        ]
    return shapes


def _vessels(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    plaque = (float(rng.uniform(1.0, 2.6)), Tissue.CORTEX, 1.2)
    shapes = []
    for side in (1, -1):
        vein_mm = float(rng.uniform(3.5, 7.5)) * size
        carotid = [
            mark.at("T1", 19 * side, 44),
            mark.at("C6", 23 * side, 36),
            mark.at("C3", 27 * side, 32),
            mark.at("C1", 26 * side, 22),
        ]
        jugular = [
            mark.at("T1", 24 * side, 46),
            mark.at("C6", 32 * side, 36),
            mark.at("C3", 34 * side, 26),
            mark.at("C1", 30 * side, 14),
        ]
        vertebral = [mark.at("T1", 26 * side, 30), mark.at("C7", 20 * side, 20), mark.at("C6", 15 * side, 8)]
        shapes += [
            tube(carotid, 3.6 * size, Tissue.VESSEL, fleck=plaque),
            tube(jugular, vein_mm, Tissue.VESSEL),
            tube(vertebral, 2.2 * size, Tissue.VESSEL),
        ]
        if rng.random() < 0.8:
            thyroid = [mark.at("C5", 17 * side, 46), mark.at("C7", 17 * side, 44), mark.at("T1", 14 * side, 46)]
            shapes.append(tube(thyroid, [5 * size, 9 * size, 6 * size], Tissue.SPLEEN, squash=(0.9, 1.0, 1.0)))
        for _ in range(int(rng.integers(1, 5))):  # lymph nodes
            place = mark.at(
                "C4", side * float(rng.uniform(28, 46)), float(rng.uniform(-5, 40)), float(rng.normal(0, 25))
            )
            shapes.append(ball(place, (float(rng.uniform(2, 5)),) * 3, ((0.0, Tissue.MUSCLE),)))
    return shapes


def _face(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    """Tongue, floor of the mouth, nose and palate, then jaws and cheeks of both sides."""
    size = mark.size
    open_mm = float(rng.uniform(0, 8))
    nose = ((0.0, Tissue.BOWEL_WALL), (3.0, Tissue.AIR))
    shapes = [
        ball(mark.at("C2", 0, 70), (26 * size, 34 * size, 22 * size), ((0.0, Tissue.MUSCLE),), uneven_mm=1.5),
        ball(mark.at("C3", 0, 72, 4), (22 * size, 26 * size, 10 * size), ((0.0, Tissue.MUSCLE),)),
        ball(mark.head(14, 0, 74), (14 * size, 34 * size, 16 * size), nose, uneven_mm=2.0),
        ball(mark.head(1, 0, 78), (24 * size, 30 * size, 3.5 * size), BONE),
    ]
    for side in (1, -1):
        shapes += [*_cheek(mark, side, open_mm), *_jaws(mark, side, open_mm)]
    if rng.random() < 0.25:  # metal fillings
        metal = mark.at("C2", float(rng.choice([-24, 24])), 70, open_mm)
        shapes.append(ball(metal, (3.0, 3.0, 3.0), ((0.0, Tissue.IMPLANT),)))
    return shapes


def _cheek(mark: Landmarks, side: int, open_mm: float) -> list[Shape]:
    """Pterygoids, masseter, parotid gland and maxillary sinus."""
    size = mark.size
    angle = mark.at("C2", 46 * side, 46, open_mm)
    pterygoid = [mark.head(16, 28 * side, 46), mark.head(4, 34 * side, 44), angle]
    sinus = ((0.0, Tissue.CORTEX), (1.2, Tissue.AIR))
    return [
        tube(pterygoid, 10 * size, Tissue.MUSCLE, uneven_mm=1.5),
        tube([mark.head(14, 50 * side, 62), angle], 9 * size, Tissue.MUSCLE, squash=(0.8, 1.3, 1.0)),
        ball(mark.at("C1", 52 * side, 28), (9 * size, 14 * size, 18 * size), ((0.0, Tissue.LIVER),), uneven_mm=1.5),
        ball(mark.head(20, 30 * side, 72), (16 * size, 20 * size, 17 * size), sinus),
    ]


def _jaws(mark: Landmarks, side: int, open_mm: float) -> list[Shape]:
    """Mandible, maxilla and both rows of teeth."""
    size = mark.size
    lower = [("C2", 46, 46), ("C3", 30, 78), ("C3", 5, 97)]
    mandible = [mark.head(10, 50 * side, 34), *(mark.at(level, u * side, v, open_mm) for level, u, v in lower)]
    maxilla = [mark.head(0, 26 * side, 66), mark.head(0, 20 * side, 88), mark.head(-1, 0, 99)]
    below = [mark.at("C2", u * side, v, open_mm) for u, v in ((24, 66), (16, 86), (0, 95))]
    above = [mark.head(-8, u * side, v) for u, v in ((24, 66), (17, 88), (0, 97))]
    return [
        tube(mandible, [5.5 * size, 6 * size, 7.5 * size, 8 * size], BONE, squash=(0.8, 0.8, 1.3)),
        tube(maxilla, 6.5 * size, BONE, squash=(0.8, 0.8, 1.0)),
        tube(below, 3.6 * size, Tissue.CORTEX),
        tube(above, 3.4 * size, Tissue.CORTEX),
    ]


def _airway(rng: np.random.Generator, mark: Landmarks) -> list[Shape]:
    size = mark.size
    width = float(rng.uniform(0.6, 1.2)) * size
    mucosa = ((0.0, Tissue.BOWEL_WALL), (2.5 * size, Tissue.AIR))
    throat = [
        mark.head(14, 0, 44),
        mark.at("C1", 0, 40, -4),
        mark.at("C2", 0, 37, 8),
        mark.at("C3", 0, 37),
        mark.at("C4", 0, 41),
    ]
    larynx = [mark.at("C4", 0, 45), mark.at("C5", 0, 46), mark.at("C6", 0, 45)]
    shell = ((0.0, Tissue.CARTILAGE), (2.0 * size, Tissue.MUSCLE), (6.5 * size, Tissue.AIR))
    trachea = [larynx[-1], mark.at("C7", 0, 43), mark.at("T1", 0, 45)]
    return [
        tube(throat, 8.5 * width, mucosa, squash=(1.7, 0.75, 1.0)),
        tube(larynx, [10 * size, 14 * size, 11 * size], shell, squash=(1.0, 1.05, 1.0)),
        tube([mark.at("C3", 22, 48, 6), mark.at("C4", 0, 66, -4), mark.at("C3", -22, 48, 6)], 2.6 * size, BONE),
        tube(trachea, 9.5 * size, ((0.0, Tissue.CARTILAGE), (1.6, Tissue.AIR))),
        tube(
            [mark.at("C6", 1, 30), mark.at("C7", 3, 31), mark.at("T1", 4, 33)],
            6.5 * size,
            Tissue.BOWEL_WALL,
            squash=(1.2, 0.7, 1.0),
        ),
    ]
