"""A serving process that is killed again and again while annotators work through it."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

from hamr.decisions import Decision
from hamr.errors import HamrError
from hamr.records import Dataset
from hamr.store import Store

ANNOTATORS = 4
LONGEST_LIFE = 0.4  # seconds from the first answer of a server to its kill
PATIENCE = 60.0
BROKEN = (EOFError, OSError)
# A server starts from a process that has its imports done: only so are 200 starts quick.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["hamr.store", "pyarrow", "psycopg"])

Act = Callable[[Dataset, str, random.Random], Decision]


def kills(home: Path, dataset: Dataset, act: Act, count: int, seed: int) -> dict[str, Any]:
    """Kill so many servers; what was acknowledged and what of it is there in the end."""
    Store.open(home).add_dataset(dataset)
    office = Office(home, dataset, act, seed)
    threads = [Thread(target=office.annotate, args=(n,)) for n in range(ANNOTATORS)]
    for thread in threads:
        thread.start()
    moments = random.Random(seed)
    for _ in range(count):
        office.serve_and_kill(moments.uniform(0, LONGEST_LIFE))
    office.closing.set()
    server = office.start()
    for thread in threads:
        thread.join()
    server.kill()
    server.join()
    return {"kills": count, "annotators": ANNOTATORS, **office.audit()}


class Office:
    """Four annotators, and a server that does not live long."""

    def __init__(self, home: Path, dataset: Dataset, act: Act, seed: int) -> None:
        self.home, self.dataset, self.act, self.seed = home, dataset, act, seed
        self.address = str(home / "socket")
        self.closing = Event()
        self.answered = 0
        self.resent = 0
        self.versions: dict[str, int] = {}  # client id -> the version that was acknowledged

    def start(self) -> Any:
        """A new server."""
        url = os.environ.get("HAMR_DATABASE_URL", "")
        arguments = (self.home, self.address, self.dataset.fingerprint, url)
        server = PROCESSES.Process(target=serve, args=arguments, daemon=True)
        server.start()
        return server

    def serve_and_kill(self, seconds: float) -> None:
        """A server that dies so long after its first answer."""
        before, server = self.answered, self.start()
        deadline = monotonic() + PATIENCE
        while self.answered == before and monotonic() < deadline:
            sleep(0.001)
        sleep(seconds)
        os.kill(server.pid, signal.SIGKILL)
        server.join()

    def annotate(self, number: int) -> None:
        """One annotator: each act is sent until it is acknowledged."""
        moments = random.Random(self.seed * 1000 + number)
        link: Connection | None = None
        while not self.closing.is_set():
            sent = self.act(self.dataset, f"annotator {number}", moments)
            tries = 0
            while True:
                tries += 1
                try:
                    link = link or Client(self.address)
                    link.send(sent)
                    answer = link.recv()
                except BROKEN:
                    link = None
                    sleep(0.005)
                    continue
                if isinstance(answer, HamrError) and not answer.retryable:
                    print(answer, file=sys.stderr)
                    os._exit(1)
                if not isinstance(answer, HamrError):
                    break
            self.resent += tries > 1
            self.versions[sent.client_id] = answer.version
            self.answered += 1

    def audit(self) -> dict[str, Any]:
        """What an independent reader finds."""
        events = Store.open(self.home).decisions(self.dataset.fingerprint).events()
        times = Counter(event.client_id for event in events)
        kept = {event.client_id: event.version for event in events}
        return {
            "acknowledged": len(self.versions),
            "sent_again": self.resent,
            "lost": sum(kept.get(sent) != version for sent, version in self.versions.items()),
            "doubled": sum(number > 1 for number in times.values()),
            "never_sent": len(kept.keys() - self.versions.keys()),
        }


def serve(home: Path, address: str, fingerprint: str, url: str) -> None:
    """The serving process: a thread for each annotator, one store for all."""
    os.environ["HAMR_DATABASE_URL"] = url  # the process it starts from has an older one
    decisions = Store.open(home).decisions(fingerprint)
    with suppress(FileNotFoundError):
        os.unlink(address)
    with Listener(address, backlog=ANNOTATORS * 4) as listener:
        while True:
            link = listener.accept()
            Thread(target=_answer, args=(link, decisions), daemon=True).start()


def _answer(link: Connection, decisions: Any) -> None:
    with suppress(*BROKEN):
        while True:
            sent = link.recv()
            try:
                answer: Any = decisions.record([sent])[0]
            except HamrError as error:
                answer = error
            link.send(answer)
