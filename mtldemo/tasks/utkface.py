"""UTKFace's tasks. The only place that knows of years, and of faces."""

from mtldemo.tasks.task import BINARY, CLASSES, REGRESSION, Task, TaskSet

AGE = Task(
    name="age",
    title="Age",
    kind=REGRESSION,
    low=0,
    high=116,
    unit="years",
    bins=117,  # one a year, both ends included
    tolerance=5.0,  # CS@5, the cumulative score of age estimation
    spread=2.5,
    bands=(3, 10, 20, 30, 40, 50, 60, 70),
)
GENDER = Task(name="gender", title="Gender", kind=BINARY, classes=("male", "female"))
ETHNICITY = Task(
    name="ethnicity",
    title="Ethnicity",
    kind=CLASSES,
    classes=("White", "Black", "Asian", "Indian", "Others"),
    sensitive=True,
)
UTKFACE = TaskSet((AGE, GENDER, ETHNICITY))
