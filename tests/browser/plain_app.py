"""A page that shows each hostile text as the app shows names: in a caption, a button, an error."""

import streamlit as st

from hamr.ui.shell.text import plain
from tests.browser.hostile import TEXTS

for number, text in enumerate(TEXTS):
    with st.container(key=f"place{number}"):
        st.caption(plain(text))
        st.button(plain(text), key=f"button{number}")
        st.error(plain(text))
        st.segmented_control("Choose", [plain(text), "other"], key=f"choice{number}")
        st.metric(plain(text), 1, delta=plain(text))
st.text("That is all.")
