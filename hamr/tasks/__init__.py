"""What the tasks differ in: sequence classification and token classification. No torch.

A task has words (`TaskWords`: what people call its rows and labels), features (`Features`: what a
page or a command can offer), and a kind of label (`LabelKind`: read, checked, applied). Whoever
needs one of these asks here; nobody else compares the name of a task.
"""

from hamr.tasks.choice import built_in_task, setting_of, tagged_task
from hamr.tasks.features import Features, features
from hamr.tasks.labels import LabelKind, label_kind
from hamr.tasks.words import TaskWords

__all__ = [
    "Features",
    "LabelKind",
    "TaskWords",
    "built_in_task",
    "features",
    "label_kind",
    "setting_of",
    "tagged_task",
]
