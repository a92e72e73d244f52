"""Seed -> Variation: all pathology of the spine of one training patient, from healthy to worn, broken or operated."""

from __future__ import annotations

import numpy as np

from spineseg.domain.volume import FloatArray
from spineseg.phantom import anthropometry as table
from spineseg.phantom.arch_shape import ArchShape
from spineseg.phantom.degeneration import Degree, draw_severity, draw_wear
from spineseg.phantom.fractures import draw_fractures
from spineseg.phantom.stenosis import draw_canal, draw_cysts, draw_encroachments, draw_syrinxes
from spineseg.phantom.tissues import Tissue
from spineseg.phantom.variation import Alignment, BodyForm, Hardware, Slip, Spot, Variation

# Shares of training patients [P]; far more disease than in the population, so that it is learnt.
_DEGREES = (0.40, 0.35, 0.25)
_FRACTURED, _CEMENTED, _SLIPPED, _OPERATED, _SCOLIOTIC, _FUSED = 0.15, 0.03, 0.08, 0.04, 0.15, 0.03


def draw_variation(rng: np.random.Generator) -> Variation:
    """Everything special about a patient's spine, for `SpineOptions.pathology`."""
    degree = Degree(int(rng.choice(3, p=_DEGREES)))
    severity = draw_severity(rng, degree)
    wear = draw_wear(rng, degree, severity)
    cement = rng.random() < _CEMENTED
    wear, fractures = draw_fractures(rng, wear, fracture=rng.random() < _FRACTURED, cement=cement)
    slips = _slips(rng, wear)
    hardware = _operate(rng, wear)
    _fuse(rng, wear)
    encroachments = draw_encroachments(rng, degree, severity) + fractures.encroachments
    narrow_roots = any(one.level >= table.L1 and one.tissue is Tissue.LIGAMENT for one in encroachments)
    habit, changes, cauda = draw_canal(rng, degree, narrow_roots=narrow_roots and rng.random() < 0.4)
    return Variation(
        wear=wear,
        alignment=_alignment(rng, degree, slips=slips, kyphosis_deg=fractures.kyphosis_deg),
        form=_form(rng, degree),
        arch=_arch(rng, degree),
        canal=habit,
        canal_changes=changes,
        cauda=cauda,
        spots=fractures.spots + _spots(rng, degree),
        encroachments=encroachments,
        syrinxes=draw_syrinxes(rng),
        cysts=draw_cysts(rng),
        hardware=hardware,
    )


def _alignment(
    rng: np.random.Generator, degree: Degree, *, slips: tuple[Slip, ...], kyphosis_deg: tuple[tuple[int, float], ...]
) -> Alignment:
    neck = rng.uniform(0.3, 1.6) if degree is Degree.NORMAL else rng.uniform(-0.8, 1.8)
    flat = rng.random()
    trunk = rng.uniform(0.8, 1.25)
    if flat < 0.12:
        trunk = rng.uniform(0.35, 0.7)
    elif flat > 0.88:
        trunk = rng.uniform(1.25, 1.45)
    # 15 mm over a wave of 220-340 mm is a Cobb angle of 30-45°.
    scoliosis = float(rng.uniform(5, 15)) if rng.random() < _SCOLIOTIC else 0.0
    return Alignment(
        neck=float(neck),
        trunk=float(trunk),
        sacral=float(rng.uniform(0.6, 1.1)),
        kyphosis_deg=kyphosis_deg,
        scoliosis_mm=scoliosis,
        rotation_deg=min(scoliosis * float(rng.uniform(0.4, 1.1)), 18.0),
        slips=slips,
    )


def _slips(rng: np.random.Generator, wear: dict[str, FloatArray]) -> tuple[Slip, ...]:
    if rng.random() > _SLIPPED:
        return ()
    kind = rng.choice(4, p=[0.5, 0.15, 0.2, 0.15])
    if kind == 0:  # degenerative: L4 on L5, women, to a quarter of the depth (Meyerding I)
        slip = Slip(level=table.L5 - 1, forward_mm=float(rng.uniform(2.5, 9)), left_mm=float(rng.normal(0, 1.2)))
    elif kind == 1:  # through a broken arch: L5 on S1, up to Meyerding II
        slip = Slip(level=table.L5, forward_mm=float(rng.uniform(4, 12)))
    elif kind == 2:
        level = int(rng.integers(table.L1, table.L5))
        slip = Slip(level=level, forward_mm=-float(rng.uniform(2, 6)), left_mm=float(rng.normal(0, 3)))
    else:
        level = int(rng.integers(table.C2, table.C7))
        slip = Slip(level=level, forward_mm=float(rng.choice([-1, 1]) * rng.uniform(1.5, 3.5)))
    wear["disc_share"][slip.level] = min(float(wear["disc_share"][slip.level]), float(rng.uniform(0.3, 0.8)))
    wear["facet"][slip.level] = np.float32(rng.uniform(1.1, 1.4))
    return (slip,)


def _operate(rng: np.random.Generator, wear: dict[str, FloatArray]) -> tuple[Hardware, ...]:
    if rng.random() > _OPERATED:
        return ()
    lumbar = rng.random() < 0.75
    first = int(rng.integers(table.L1, table.L5 + 1) if lumbar else rng.integers(table.T1, table.T12))
    last = min(first + int(rng.integers(1, 4)), table.S1)
    cages = tuple(k for k in range(first, last) if lumbar and rng.random() < 0.5)
    if rng.random() < 0.5:
        wear["laminectomy"][first:last] = 1
    return (
        Hardware(
            first=first,
            last=last,
            screws=rng.random() < 0.85,
            cages=cages,
            screw_mm=float(rng.uniform(4.5, 7.5)),
            rod_mm=float(rng.uniform(4.75, 6.35)),  # sizes that are sold: 4.75, 5.5, 6.35 mm
        ),
    )


def _fuse(rng: np.random.Generator, wear: dict[str, FloatArray]) -> None:
    """Block vertebra, congenital or after surgery: bone in place of one disc."""
    if rng.random() < _FUSED:
        level = int(rng.integers(table.C2, table.L5))
        wear["fused"][level] = 1
        wear["disc_share"][level] = np.float32(rng.uniform(0.15, 0.5))
    elif rng.random() < 0.02:  # laminectomy without implants
        wear["laminectomy"][int(rng.integers(table.L1, table.S1))] = 1


def _form(rng: np.random.Generator, degree: Degree) -> BodyForm:
    fatty = rng.random() < (0.35, 0.6, 0.75)[degree]
    return BodyForm(
        heart=(float(rng.uniform(0, 0.12)), float(rng.uniform(0.15, 0.4)), float(rng.uniform(0.02, 0.18))),
        hollow_mm=(float(rng.uniform(0, 1)), float(rng.uniform(1.0, 3.0)), float(rng.uniform(2.0, 6.0))),
        fat_islands=float(rng.uniform(0.3, 1.5)) if fatty else 9.0,
        cortex_factor=float(rng.uniform(0.5, 1.0)),
    )


def _arch(rng: np.random.Generator, degree: Degree) -> ArchShape:
    def triple(
        neck: tuple[float, float], thorax: tuple[float, float], lumbar: tuple[float, float]
    ) -> tuple[float, ...]:
        return tuple(float(rng.uniform(*limits)) for limits in (neck, thorax, lumbar))

    # Laminae are 2-3.5 mm thick in the neck, 4-6 mm in the thorax, 5-7 mm below (Xu et al., Spine 1999;24:107 for
    # C; the rest [P]); factors of 5 mm.
    lamina = triple((0.45, 0.7), (0.75, 1.1), (0.9, 1.3))
    share = triple((0.34, 0.42), (0.4, 0.5), (0.34, 0.42))
    pillar = triple((0.75, 0.95), (0.75, 1.0), (0.75, 1.0))
    spinous = triple((0.5, 0.8), (0.6, 1.0), (0.8, 1.3))
    tall = triple((0.8, 1.1), (1.0, 1.5), (0.85, 1.15))
    low = triple((0.1, 0.2), (0.12, 0.22), (0.15, 0.28))
    isthmus = triple((2.2, 3.2), (2.2, 3.2), (2.8, 3.8))
    taper = triple((0.1, 0.25), (0.08, 0.25), (0.2, 0.42))
    return ArchShape(
        lamina_factor=(lamina[0], lamina[1], lamina[2]),
        lamina_share=(share[0], share[1], share[2]),
        pillar_factor=(pillar[0], pillar[1], pillar[2]),
        spinous_factor=(spinous[0], spinous[1], spinous[2]),
        spinous_height_factor=(tall[0], tall[1], tall[2]),
        spinous_rounding=float(rng.uniform(0.15, 0.5)),
        lamina_low=(low[0], low[1], low[2]),
        isthmus_mm=(isthmus[0], isthmus[1], isthmus[2]),
        canal_taper=(taper[0], taper[1], taper[2]),
        joint_mm=float(rng.uniform(0.5, 1.1)),
        flavum_mm=float(rng.uniform(2.5, 4.0)) + 0.5 * degree,
        bifid_mm=float(rng.uniform(2.5, 5.0)) if rng.random() < 0.85 else 0.0,
        interspinous=float(rng.uniform(0.25, 0.9)),
    )


def _spots(rng: np.random.Generator, degree: Degree) -> tuple[Spot, ...]:
    spots = []
    # Haemangiomas: 11 % of autopsies, 27 % of MRI (Barzin & Maleki, Pak J Biol Sci 2009;12:542).
    if rng.random() < 0.2:
        spots += [_spot(rng, Tissue.HAEMANGIOMA, 4.0, 11.0) for _ in range(int(rng.integers(1, 4)))]
    if rng.random() < 0.06:  # bone islands
        spots.append(_spot(rng, Tissue.CORTEX, 1.5, 4.0))
    if rng.random() < 0.15 + 0.1 * degree:  # focal fatty marrow
        spots += [_spot(rng, Tissue.MARROW_FATTY, 3.0, 9.0) for _ in range(int(rng.integers(1, 5)))]
    return tuple(spots)


def _spot(rng: np.random.Generator, tissue: Tissue, least_mm: float, most_mm: float) -> Spot:
    radius = float(rng.uniform(least_mm, most_mm))
    centre = rng.uniform(-0.5, 0.5, 3)
    half = radius * rng.uniform(0.8, 1.3, 3)
    return Spot(
        level=int(rng.integers(table.C3, table.S1)),
        tissue=tissue,
        centre=(float(centre[0]), float(centre[1]), float(centre[2])),
        half_mm=(float(half[0]), float(half[1]), float(half[2])),
        ragged=float(rng.uniform(0.05, 0.3)),
    )
