"""The parts of the Compare page: which study, its verdict, what its runs show, and how a new one is started."""
