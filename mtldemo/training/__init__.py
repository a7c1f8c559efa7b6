"""Training: one step (``engine``), the loop that yields records (``loop``), evaluation, checkpoints, and the choice of
how to compute (``compute``). Import these modules; the package itself imports no torch."""
