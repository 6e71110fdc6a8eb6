"""Figures and tables made from a run. Each view is a pure function over the store.

No view imports streamlit or torch, so a figure can be drawn in a notebook or a test.
"""
