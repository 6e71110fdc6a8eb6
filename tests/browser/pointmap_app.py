"""A page with nothing but the map, for its browser tests."""

import json

import numpy as np
import streamlit as st

from hamr.ui.widgets.pointmap import AxisSpec, Layer, Marks, pointmap
from hamr.views.base.theme import class_colours

COUNT = 13_621
CLASSES = 6


def places() -> tuple[np.ndarray, np.ndarray]:
    """Rows in six clouds: [N, 2] places and [N] class codes. Row 0 stands alone."""
    generator = np.random.default_rng(3)
    codes = generator.integers(0, CLASSES, COUNT).astype(np.uint8)
    angle = codes * (2 * np.pi / CLASSES)
    centre = 8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    xy = centre + generator.normal(size=(COUNT, 2))
    xy[0] = (0, 0)
    return xy.astype(np.float32), codes


if __name__ == "__main__":
    st.set_page_config(layout="wide")
    xy, codes = places()
    st.session_state.setdefault("matches", 0)
    if st.button("Highlight ten more"):
        st.session_state["matches"] += 10
    if not st.toggle("Hide the map"):
        event = pointmap(
            xy,
            key="map",
            colours=codes,
            palette=class_colours(CLASSES),
            labels=[f"class {c}" for c in range(CLASSES)],
            marks=Marks(highlight=np.arange(st.session_state["matches"])),
            layer=Layer(
                np.array([(0, 4), (4, 0)]),
                np.array([7, 12]),
                "unlabelled row",
                "unlabelled (2)",
                selected=st.session_state.get("sign"),
                shown=st.session_state.get("signs", True),
                on_click=lambda point: st.session_state.update(sign=point),
                on_shown=lambda shown: st.session_state.update(signs=shown),
            )
            if "layer" in st.query_params
            else None,
            axes=(AxisSpec("x"), AxisSpec("y")) if "axes" in st.query_params else None,
        )
        said = {"clicked": event.clicked, "lasso": event.lasso}
        said["sign"] = st.session_state.get("sign")
        st.text(json.dumps({**said, "matches": st.session_state["matches"]}))
