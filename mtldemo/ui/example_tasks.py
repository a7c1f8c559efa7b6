"""The tasks by which Home and Strategies explain: UTKFace's, with what an untrained network gets wrong in them."""

import math

from mtldemo.tasks import AGE, UTKFACE

EXAMPLE = UTKFACE
TYPICAL_AGE_ERROR = 15.0
"""Years; what a network that has learned nothing yet is off by on UTKFace when it always says the median age."""
FIRST_LOSSES = {task.name: TYPICAL_AGE_ERROR if task is AGE else math.log(len(task.classes)) for task in EXAMPLE}
"""Each task's loss before anything is learned: years for age, the logarithm of the number of classes else."""
