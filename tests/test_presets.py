import subprocess
import sys

import pytest

from mtldemo import weighting
from mtldemo.config import RunConfig, from_dict, to_dict
from mtldemo.errors import MtlDemoError
from mtldemo.model import backbone_named
from mtldemo.presets import PRESETS, Preset, preset_named
from mtldemo.tasks import UTKFACE


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_is_a_config_that_can_run(preset: Preset) -> None:
    config = preset.config
    assert from_dict(RunConfig, to_dict(config)) == config  # every value within its declared range
    tasks = UTKFACE.chosen(config.tasks, config.losses)
    weighting.check_options(config.weighting, tasks)
    assert config.data.image_size >= backbone_named(config.model.backbone).smallest
    assert preset.title
    assert preset.description


def test_names_are_unique_and_looked_up() -> None:
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert preset_named("blog").config.optim.momentum == 0.09
    with pytest.raises(MtlDemoError, match="no preset 'blob'; choose from default, demo"):
        preset_named("blob")


def test_presets_need_no_torch() -> None:
    check = "import sys, mtldemo.presets; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
