"""``python -m mtldemo.work FOLDER``: a study's worker, which its queue starts and writes the runs' names to."""

import faulthandler
import sys
from pathlib import Path

from mtldemo.work.worker import work

if __name__ == "__main__":
    # A crash inside a native library then names its place in the study's log.
    faulthandler.enable()
    try:
        sys.exit(work(Path(sys.argv[1])))
    except KeyboardInterrupt:
        sys.exit(130)
