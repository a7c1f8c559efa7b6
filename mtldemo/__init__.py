"""See multi-task learning at work: a HydraNet with selectable loss weighting."""

__version__ = "0.1.0"
