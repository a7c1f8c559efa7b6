"""``python -m mtldemo``."""

import faulthandler
import sys

from mtldemo.cli import main

if __name__ == "__main__":
    if sys.stderr is not None:
        # A crash inside a native library then names its place in the run's log.
        faulthandler.enable()
    sys.exit(main())
