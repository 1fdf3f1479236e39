"""The main job: emitted files train to the accuracy that is promised."""
from __future__ import annotations

import re


def test_both_models_reach_96_percent(s2sad, tmp_path):
    done = s2sad("demo", "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    means = [float(text) for text in re.findall(r"mean accuracy over 5 seeds: ([\d.]+)", done.stdout)]
    assert len(means) == 2
    assert min(means) >= 0.96
    for name in ("training_loss", "mlp_loss"):
        text = (tmp_path / f"{name}_value_and_grad.py").read_text("utf-8")
        assert text in done.stdout
        imports = [line for line in text.splitlines() if line.startswith(("import", "from"))]
        assert imports == ["import numpy as np"]
