"""The data room: from a file, the hub or the built-in set to rows ready to train on."""

from hamr.data.builtin import ATTACK_NOTICE, CUT_NOTICE
from hamr.data.builtin_entities import LINKED_NOTICE
from hamr.data.corrected import corrected
from hamr.data.load import load
from hamr.data.meta import meta_rows
from hamr.data.peek import Guess, guess_columns, read_columns
from hamr.data.report import DataReport, Finding, Lengths, SameText, inspect
from hamr.data.task import tagged_columns, task_of
from hamr.files.cells import csv_text
from hamr.files.reading import looks_tagged, tag_columns

NOTICES = (ATTACK_NOTICE, CUT_NOTICE, LINKED_NOTICE)

__all__ = [
    "NOTICES",
    "DataReport",
    "Finding",
    "Guess",
    "Lengths",
    "SameText",
    "corrected",
    "csv_text",
    "guess_columns",
    "inspect",
    "load",
    "looks_tagged",
    "meta_rows",
    "read_columns",
    "tag_columns",
    "tagged_columns",
    "task_of",
]
