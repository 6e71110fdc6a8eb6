"""The name of the view of a run's step on the page Learn, as links to it have it."""

RUN_STEP = "A run's step"
