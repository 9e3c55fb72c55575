#!/usr/bin/env python3
"""Kill two receivers that share a ledger, at random moments, and count how often each delivery is handled.

    kill-ledger.py RECEIVER STORE      STORE: a path for SQLite, or how to connect to PostgreSQL

Every delivery is sent twice at once, and again until it is answered 200, as OpenSense does. A delivery may be
handled a second time only where a kill fell between the end of its handler and the commit; the receivers write
both down. DELIVERIES (600), KILLS (15) and SEED choose another run. Exits with 1 when the promise is broken.
"""

import collections
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

DELIVERIES = int(os.environ.get("DELIVERIES", "600"))
KILLS = int(os.environ.get("KILLS", "15"))
SEED = int(os.environ.get("SEED", random.randrange(1 << 32)))
AT_ONCE = 16
GIVE_UP_SECONDS = 300


class Receiver:
    """One of the two: it is begun again after each kill."""

    def __init__(self, command):
        self.command = command
        self.lock = threading.Lock()
        self.killed = []
        self.begin()

    def begin(self):
        process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if process.stdout.readline() != "ready\n":
            sys.exit("the receiver does not begin")
        waiting = {}
        with self.lock:
            self.process, self.waiting = process, waiting
        threading.Thread(target=self.read, args=(process, waiting), daemon=True).start()

    def read(self, process, waiting):
        for line in process.stdout:
            if not line.endswith("\n"):
                break
            token, status = line.split()
            with self.lock:
                wanted = waiting.pop(token, None)
            if wanted:
                wanted(int(status))
        with self.lock:
            left = list(waiting.values())
            waiting.clear()
            waiting["ended"] = None
        for wanted in left:
            wanted(0)

    def send(self, token, number):
        """Returns the status, or 0 when the receiver died first."""
        done, answer = threading.Event(), []

        def wanted(status):
            answer.append(status)
            done.set()

        with self.lock:
            if "ended" in self.waiting:
                return 0
            self.waiting[token] = wanted
            try:
                self.process.stdin.write(f"{token} wh_{number}\n")
                self.process.stdin.flush()
            except OSError:
                self.waiting.pop(token, None)
                return 0
        done.wait(GIVE_UP_SECONDS)
        return answer[0] if answer else 0

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.killed.append(self.process.pid)
        self.begin()

    def end(self):
        self.process.stdin.close()
        if self.process.wait(60) != 0:
            sys.exit("a receiver ended with a failure")


def main():
    chance = random.Random(SEED)
    statuses = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "log")
        receivers = [Receiver([sys.argv[1], sys.argv[2], log]) for _ in range(2)]
        numbers, done, changed = iter(range(DELIVERIES)), 0, threading.Condition()
        deadline = time.monotonic() + GIVE_UP_SECONDS

        def deliver(number, copy):
            tries = 0
            while time.monotonic() < deadline:
                status = receivers[(number + copy + tries) % 2].send(f"{number}.{copy}.{tries}", number)
                with changed:
                    statuses[status] += 1
                if status == 200:
                    return
                tries += 1
                time.sleep(0.1)

        def work():
            nonlocal done
            while True:
                with changed:
                    number = next(numbers, None)
                if number is None:
                    return
                copies = [threading.Thread(target=deliver, args=(number, copy)) for copy in range(2)]
                for copy in copies:
                    copy.start()
                for copy in copies:
                    copy.join()
                with changed:
                    done += 1
                    changed.notify_all()

        workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        for kill in range(KILLS):
            with changed:
                changed.wait_for(lambda: done >= (kill + 1) * DELIVERIES // (KILLS + 2), GIVE_UP_SECONDS)
            time.sleep(chance.random() * 0.05)
            receivers[(kill + chance.randrange(2)) % 2].kill()
        for worker in workers:
            worker.join()
        for receiver in receivers:
            receiver.end()
        with open(log, encoding="utf-8") as lines:
            return judge([line.split() for line in lines], receivers, statuses)


def judge(lines, receivers, statuses):
    killed = set(receivers[0].killed + receivers[1].killed)
    committed = {(number, process) for what, number, process in lines if what == "committed"}
    handled = collections.defaultdict(list)
    for what, number, process in lines:
        if what == "handled":
            handled[number].append(process)
    missing = [n for n in range(DELIVERIES) if f"wh_{n}" not in handled]
    # A handler that was done in a process that was killed before the commit.
    cut = {
        (number, process)
        for number, processes in handled.items()
        for process in processes
        if int(process) in killed and (number, process) not in committed
    }
    again = sum(len(processes) - 1 for processes in handled.values())
    wrong = [
        number
        for number, processes in handled.items()
        if any((number, process) not in cut for process in processes[:-1])
        or len(set(processes)) < len(processes)
    ]
    print(f"{DELIVERIES} deliveries sent twice at once; {len(killed)} kills, "
          f"{len(receivers[0].killed)} and {len(receivers[1].killed)}; SEED={SEED}")
    print("statuses:", ", ".join(f"{status or 'none'} {count}" for status, count in sorted(statuses.items())))
    print(f"never handled: {len(missing)}; handled again: {again}, at most the {len(cut)} that a kill cut off "
          f"between handler and commit; handled again otherwise: {len(wrong)}")
    for number in wrong[:10]:
        print(f"  {number} by {handled[number]}, committed by "
              f"{[process for n, process in committed if n == number]}")
    return 1 if missing or wrong or len(killed) < KILLS or again > len(cut) else 0


sys.exit(main())
