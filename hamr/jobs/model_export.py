"""Exports of models for the app, each in a process of its own: the app never imports torch.

The process is `hamr export RUN --what model` as people type it. Its progress is read from the lines
that it prints; it ends with the app, since its standard input is a pipe of the app's.
"""

from __future__ import annotations

import atexit
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from hamr.errors import HelperError
from hamr.jobs.child import inherited
from hamr.store import Run

KEPT = 4  # exports whose files are kept for another download
_PROGRESS = re.compile(r"(.+?)\s+(\d{1,3})%")
NAME = "model.zip"


class ModelExport:
    """One export to a .zip file of the server's. Any thread may ask how far it is."""

    def __init__(self, home: Path, arguments: Sequence[str], command: Sequence[str] = ()) -> None:
        """`arguments` are those of `hamr export`, without where to write."""
        self._folder = Path(tempfile.mkdtemp(prefix="hamr-model-"))
        self.path = self._folder / NAME
        self.text, self.share = "starting", 0.0  # what is being done; how much of it is done, 0-1
        self._last = ""
        own = list(command) or [sys.executable, "-m", "hamr", "export"]
        try:
            self._process = subprocess.Popen(
                [*own, *arguments, "--to", str(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=inherited(home),
                start_new_session=True,  # Ctrl-C is for the app; the end of the pipe ends the child
            )
        except OSError as error:
            self.close()
            raise HelperError(
                f"The process that exports the model could not be started "
                f"({error.strerror or error}): free some memory, and try again"
            ) from error
        self._reader = threading.Thread(target=self._read, name="model-export", daemon=True)
        self._reader.start()

    @property
    def ended(self) -> bool:
        """Whether it is done, or has failed."""
        return not self._reader.is_alive() and self._process.poll() is not None

    @property
    def error(self) -> HelperError | None:
        """Why it failed, once it has ended."""
        code = self._process.poll()
        if code == 0 and self.path.is_file():
            return None
        if code is not None and code < 0:
            return HelperError(
                f"The export was ended by signal {-code}. Memory may have run out: close other "
                "programs, or wait until no run trains, and try again"
            )
        return HelperError(self._last.removeprefix("hamr: ") or "The export ended without a reason")

    def wait(self, seconds: float) -> bool:
        """Wait until it has ended, but not longer than that; whether it has."""
        self._reader.join(seconds)
        return self.ended

    def close(self) -> None:
        """End it if it runs, and remove its file."""
        if hasattr(self, "_process") and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            said = line.decode("utf-8", "replace").strip()
            found = _PROGRESS.fullmatch(said)
            if found:
                self.text, self.share = found[1], min(int(found[2]), 100) / 100
            elif said:
                self._last = said
        self._process.wait()


class ModelExports:
    """The exports of this server: one of a kind, however many tabs ask for it."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[object, ...], ModelExport] = OrderedDict()
        self._guard = threading.Lock()
        atexit.register(self.close)

    def find(self, run: Run, form: str, epoch: int | None) -> ModelExport | None:
        """The export of that model, if it was asked for and has not failed."""
        with self._guard:
            return self._known.get(_key(run, form, epoch))

    def start(self, run: Run, form: str, epoch: int | None) -> ModelExport:
        """Start that export. Raises HelperError where no process can be started."""
        arguments = [run.id, "--what", "model", "--format", form]
        arguments += ["--epoch", "best" if epoch is None else str(epoch)]
        with self._guard:
            made = ModelExport(run.store.home, arguments)
            before = self._known.pop(_key(run, form, epoch), None)
            self._known[_key(run, form, epoch)] = made
            old = [before] if before else []
            while len(self._known) > KEPT:
                old.append(self._known.popitem(last=False)[1])
        for one in old:
            one.close()
        return made

    def forget(self, run: Run, form: str, epoch: int | None) -> None:
        """End that export, and remove its file."""
        with self._guard:
            found = self._known.pop(_key(run, form, epoch), None)
        if found is not None:
            found.close()

    def close(self) -> None:
        """End all of them, and remove their files."""
        with self._guard:
            known, self._known = list(self._known.values()), OrderedDict()
        for one in known:
            one.close()


def _key(run: Run, form: str, epoch: int | None) -> tuple[object, ...]:
    info = run.info
    return (run.store.home, run.id, info.started, info.best_epoch, form, epoch)


exports = ModelExports()  # those of this server
