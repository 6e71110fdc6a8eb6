"""The list of uploads on the Dataset page: size, the runs that used each, and Delete."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from hamr.legible import legible_name
from hamr.store import RunInfo, Store, SweepInfo
from hamr.ui.dataset.uploads import Upload, delete_upload, kept_uploads
from hamr.ui.shell.guard import guard
from hamr.ui.shell.server import store
from hamr.ui.shell.status import ACTIVE
from hamr.ui.shell.text import count

SHOWN = 50
ROWS = ("source_upload", "upload_validation", "upload_test")  # in the session: chosen uploads


def upload_list() -> None:
    """All uploads of this home, where there are any, in a box that starts closed."""
    found = kept_uploads(store().home)
    if not found:
        return
    whole = _size(sum(upload.size for upload in found))
    box = st.expander(
        f"{count(len(found), 'uploaded file')}, {whole}", key="uploads", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        users = _users(store())
        for number, upload in enumerate(found[:SHOWN]):
            _line(number, upload, users.get(str(upload.path), []))
        if len(found) > SHOWN:
            st.caption(f"The newest {SHOWN} are shown; delete some to see the others.")


def _line(number: int, upload: Upload, users: list[tuple[str, str]]) -> None:
    used = ", ".join(legible_name(name) for name, _ in users[:3])
    more = f" and {len(users) - 3:,} more" if len(users) > 3 else ""
    active = any(status in ACTIVE for _, status in users)
    with st.container(horizontal=True, vertical_alignment="center", key=f"upload-{number}"):
        st.text(
            f"{legible_name(upload.path.name)} · {_size(upload.size)} · {upload.time:%d %b %Y} · "
            + (f"used by {used}{more}" if users else "used by no run"),
            width="stretch",
        )
        if st.button(
            "Delete",
            icon=":material/delete:",
            key=f"delete-{upload.path.parent.name[:16]}-{number}",
            disabled=active,
            help="A run that is queued or running needs it" if active else None,
        ):
            _confirm(upload, len(users))


@st.dialog("Delete the uploaded file?")
def _confirm(upload: Upload, users: int) -> None:
    name = legible_name(upload.path.name)
    st.text(f"{name}, {_size(upload.size)}, is deleted from this machine for good.")
    if users:
        st.text(
            f"{count(users, 'run')} used it. They keep the rows they were trained on, but "
            "corrected labels can no longer be exported into the original file."
        )
    with st.container(horizontal=True):
        if st.button(
            "Delete the file",
            type="primary",
            key="delete-upload",
            on_click=_delete,
            args=(upload.path,),
        ):
            st.rerun()
        if st.button("Cancel", key="keep-upload"):
            st.rerun()


def _delete(path: Path) -> None:
    """Delete it; what was chosen of it is chosen no longer."""
    with guard():
        delete_upload(path, store().home)
    for key in ROWS:
        if st.session_state.get(key) == str(path):
            st.session_state.pop(key, None)


def _users(of: Store) -> dict[str, list[tuple[str, str]]]:
    """Name and status of the runs and sweeps that name a file, by its path."""
    found: dict[str, list[tuple[str, str]]] = {}
    infos: list[RunInfo | SweepInfo] = [*of.runs(), *of.sweeps.all()]
    for info in infos:
        data = info.settings.data
        for path in filter(None, {data.source, data.validation, data.test}):
            found.setdefault(path, []).append((info.name, info.status))
    return found


def _size(size: int) -> str:
    if size < 1_000_000:
        return f"{max(1, round(size / 1000)):,} kB"
    return f"{size / 1e6:,.1f} MB"
