import subprocess
import sys

from mtldemo.study.methods import methods


def test_says_what_the_classes_say():
    from mtldemo import weighting
    from mtldemo.settings import settings_of

    told = {
        strategy.name: (strategy.title, {field.name: field.default for field in settings_of(strategy)})
        for strategy in weighting.STRATEGIES
    }
    assert {name: (method.title, method.defaults) for name, method in methods().items()} == told


def test_needs_no_torch():
    script = "import sys; from mtldemo.study.methods import methods; assert methods() and 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
