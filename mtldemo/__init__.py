"""See multi-task learning at work: a HydraNet with selectable loss weighting."""

import os

__version__ = "0.1.0"

# Read by OpenMP when torch is loaded, which is later than this. Threads that wait for each other by spinning, as is
# usual, make two busy programs on the same cores six to ten times slower than threads that sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
