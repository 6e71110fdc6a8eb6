"""HAMR: find what a text model finds hard, and why, and fix it.

Hardness-Aware Meta-Resample (arXiv 2604.18759) for imbalanced text data: the
algorithm, its records, its store and its views. Nothing heavy is imported here, so
`import hamr` costs milliseconds; see `hamr.training.train` for the way in.
"""

__version__ = "0.1.0"
