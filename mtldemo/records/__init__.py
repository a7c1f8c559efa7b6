"""What training records: the lines of a run's metrics file (``lines``), and the same as columns (``frame``)."""
