"""One HAMR step on points in the plane, taken by the code that trains runs.

settings    how it trains
points      two-dimensional data sets: presets, and points that people paint
stages      what one step consists of, as values; and as text for another process
recorded    the first epoch of the page's own setup, which comes with the program
playground  a run on points that is taken step by step (the only module here that needs torch)
"""

from hamr.playground.points import CLASSES, RECIPES, PointSet, painted, preset_points
from hamr.playground.settings import MOST_STEPS, TASK, playground_settings
from hamr.playground.stages import Meta, NextDraw, StepView

__all__ = [
    "CLASSES",
    "MOST_STEPS",
    "RECIPES",
    "TASK",
    "Meta",
    "NextDraw",
    "PointSet",
    "StepView",
    "painted",
    "playground_settings",
    "preset_points",
]
