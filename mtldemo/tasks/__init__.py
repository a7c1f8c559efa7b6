"""What is learned: tasks as data. Imports no torch, so pages may."""

from mtldemo.tasks.kinds import KINDS, Kind, kind_named
from mtldemo.tasks.measures import Measure
from mtldemo.tasks.task import BINARY, CLASSES, REGRESSION, Task, TaskSet, kind_of
from mtldemo.tasks.utkface import AGE, ETHNICITY, GENDER, UTKFACE

__all__ = [
    "AGE",
    "BINARY",
    "CLASSES",
    "ETHNICITY",
    "GENDER",
    "KINDS",
    "REGRESSION",
    "UTKFACE",
    "Kind",
    "Measure",
    "Task",
    "TaskSet",
    "kind_named",
    "kind_of",
]
