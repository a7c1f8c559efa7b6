"""A label that is one of two classes."""

from typing import TYPE_CHECKING

from mtldemo.tasks.kinds.classes import Classes

if TYPE_CHECKING:
    from mtldemo.tasks.task import Task


class Binary(Classes):
    """One of two classes, learned as the probability of the second one."""

    name = "binary"
    title = "one of two classes"
    losses = ("bce",)

    def why_not(self, task: "Task") -> str:
        """Two different classes."""
        if len(task.classes) != 2:
            return f"it must have two classes, found {len(task.classes)}"
        return "both classes have one name" if task.classes[0] == task.classes[1] else ""
