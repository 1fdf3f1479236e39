"""Sample calls of what surgery on a reverse sweep leaves behind."""
from __future__ import annotations

import numpy as np
from tests.rules.harness import Sample

from s2sad.ir import primitives, primitives_seeds, primitives_surgery

V = np.array([0.3, 0.7, 0.45])

SURGERY = [
    *(Sample(primitives.identity, (x,)) for x in (V, 0.3)),
    *(Sample(primitives_seeds.fitted_seed, pair) for pair in ((V * V, V), (0.2, 0.3))),
    *(Sample(primitives_surgery.checked_adjoint, pair) for pair in ((V * V, V), (0.2, 0.3))),
]
