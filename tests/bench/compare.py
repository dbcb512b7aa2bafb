#!/usr/bin/env python3
"""Zabra and Apache ZooKeeper under the same loads on the same machine, in turn; ratios against the budgets.

  tests/bench/compare.py [--rounds 2] [--seconds 3] [--count 1000000]

Exit code 0 whatever the ratios are: they mean something on a quiet machine only. 1 when something could not be
measured."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import servers

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
# After a fill the last checkpoint is under way: its buffers are not what the znodes cost, and go back within this.
REST_SECONDS = 5

# name: options of `zabra bench`, and whether the echo server is asked too.
LOADS = {
    "read 64x16": (["-m", "read", "-c", "64", "-o", "16"], True),
    "read 1x1": (["-m", "read", "-c", "1", "-o", "1"], True),
    "write 64x16": (["-m", "write", "-c", "64", "-o", "16"], False),
    "write 1x1": (["-m", "write", "-c", "1", "-o", "1"], False),
    "create 64x16": (["-m", "create", "-c", "64", "-o", "16"], False),
    "mixed 64x16": (["-m", "mixed", "-c", "64", "-o", "16"], False),
}

# what, numerator, denominator, "at least" or "at most", budget
BUDGETS = [
    ("reads 64x16 against Apache", "read 64x16 zabra", "read 64x16 apache", "at least", 6),
    ("reads 64x16 against echo", "read 64x16 zabra", "read 64x16 echo", "at least", 0.5),
    ("reads 1x1 against Apache", "read 1x1 zabra", "read 1x1 apache", "at least", 2),
    ("reads 1x1 against echo", "read 1x1 zabra", "read 1x1 echo", "at least", 0.75),
    ("writes 64x16 against Apache", "write 64x16 zabra", "write 64x16 apache", "at least", 5),
    ("writes 1x1 against Apache", "write 1x1 zabra", "write 1x1 apache", "at least", 2),
    ("creates 64x16 against Apache", "create 64x16 zabra", "create 64x16 apache", None, None),
    ("mixed 64x16 against Apache", "mixed 64x16 zabra", "mixed 64x16 apache", None, None),
    ("bytes a znode, RssAnon", "bytes a znode zabra", None, "at most", 250),
    ("restart to first reply, s", "restart zabra", None, "at most", 1.5),
    ("restart against Apache", "restart zabra", "restart apache", "at most", 1 / 3),
    ("idle, MB resident", "idle MB zabra", None, "at most", 20),
    ("idle, % of a CPU", "idle % zabra", None, "at most", 0.1),
]


class Figures:
    """Every figure that was measured, by name; the median counts."""

    def __init__(self):
        self._all = {}

    def add(self, name, figure):
        self._all.setdefault(name, []).append(figure)
        print(f"  {name:28} {figure:14,.3f}", file=sys.stderr, flush=True)

    def median(self, name):
        return statistics.median(self._all[name]) if name in self._all else None

    def names(self):
        return sorted(self._all)


class Comparison:
    def __init__(self, options, directory):
        self._options, self._directory = options, directory
        self._deadline = time.monotonic() + options.limit
        self.figures, self.failures = Figures(), []

    def run(self):
        self._idle()
        self._loads()
        self._fill()

    # ---- steps ----

    def _idle(self):
        server = servers.zabra(self._options.zabra, self._directory)
        try:
            server.start()
            before = server.cpu_seconds()
            time.sleep(self._options.idle)
            self.figures.add("idle % zabra", 100 * (server.cpu_seconds() - before) / self._options.idle)
            self.figures.add("idle MB zabra", server.memory("VmRSS") / 1e6)
        finally:
            server.kill()

    def _loads(self):
        pair, echo = self._pair(), servers.Echo(self._options.zabra, self._directory)
        try:
            for server in pair:
                server.start()
            for _ in range(self._options.rounds):
                for name, (load, with_echo) in LOADS.items():
                    for server in [*pair, echo] if with_echo else pair:
                        self._load(name, load, server)
        finally:
            for server in [*pair, echo]:
                server.kill()

    def _fill(self):
        for server in self._pair():
            try:
                server.start()
                empty = server.memory("RssAnon")
                if self._bench_server("fill", ["-m", "fill", "-n", str(self._options.count)], server) is None:
                    continue
                time.sleep(REST_SECONDS)
                per_znode = (server.memory("RssAnon") - empty) / self._options.count
                self.figures.add(f"bytes a znode {server.name}", per_znode)
                self._restarts(server)
            finally:
                server.kill()

    def _restarts(self, server):
        for _ in range(self._options.rounds + 1):
            server.kill()
            self.figures.add(f"restart {server.name}", server.start())

    # ---- one figure ----

    def _pair(self):
        return [servers.zabra(self._options.zabra, self._directory),
                servers.apache(self._options.heap, self._directory)]

    def _load(self, name, load, server):
        seconds = ["-d", str(self._options.seconds), "-w", str(self._options.warm_up)]
        result = self._bench_server(name, load + seconds, server)
        if result is not None:
            self.figures.add(f"{name} {server.name}", result["ops_per_s"])
            self.figures.add(f"{name} p99 ms {server.name}", result["latency_us"]["p99"] / 1000)
            self.figures.add(f"{name} CPU us {server.name}", result["server_cpu_us_per_op"])

    def _bench_server(self, name, load, server):
        return self._bench(f"{name} {server.name}",
                           [*load, "--server-pid", str(server.pid), f"127.0.0.1:{server.port}"])

    def _bench(self, name, load):
        left = self._deadline - time.monotonic()
        command = [self._options.zabra, "bench", *load, "--json", "-q"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=max(left, 0.001))
        except subprocess.TimeoutExpired:
            self.failures.append(f"{name}: no time left")
            return None
        if done.returncode != 0:
            said = (done.stdout + done.stderr)[-500:]
            self.failures.append(f"{name}: exit code {done.returncode}: {said}")
            return None
        return json.loads(done.stdout)


def verdict(value, sense, budget):
    if sense is None:
        return ""
    kept = value >= budget if sense == "at least" else value <= budget
    return f"{sense} {budget:.3g}  {'kept' if kept else 'MISSED'}"


def ratios(figures, budgets):
    for what, above, below, sense, budget in budgets:
        numerator, denominator = figures.median(above), figures.median(below) if below else 1
        if numerator is None or not denominator:
            yield f"{what:34} {'not measured':>14}"
        else:
            value = numerator / denominator
            yield f"{what:34} {value:14.3f}  {verdict(value, sense, budget)}"


def table(figures, budgets):
    for name in figures.names():
        yield f"{name:34} {figures.median(name):14,.3f}"
    yield ""
    yield from ratios(figures, budgets)


def add_servers(parser):
    parser.add_argument("--zabra", type=os.path.abspath, default=f"{ROOT}/build/release/zabra")
    parser.add_argument("--heap", default="4g", help="of Apache ZooKeeper's Java")


def add_loads(parser):
    parser.add_argument("--rounds", type=int, default=2, help="of every load; a restart is measured once more often")
    parser.add_argument("--seconds", type=int, default=3, help="measured for each load")
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--limit", type=float, default=450, help="seconds after which no load is begun or goes on")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_servers(parser)
    add_loads(parser)
    parser.add_argument("--idle", type=float, default=20, help="seconds for which the idle server is watched")
    parser.add_argument("--count", type=int, default=1_000_000, help="znodes of the fill")
    return parser.parse_args()


def compared(comparison, budgets):
    """Runs it and prints what came of it; gives the exit code."""
    try:
        comparison.run()
    except (AssertionError, OSError, TimeoutError) as why:
        comparison.failures.append(str(why))
    print("\n".join(table(comparison.figures, budgets)))
    for failure in comparison.failures:
        print(f"not measured: {failure}")
    return 1 if comparison.failures else 0


def main():
    with tempfile.TemporaryDirectory(prefix="zabra-compare-", ignore_cleanup_errors=True) as directory:
        return compared(Comparison(parse_options(), directory), BUDGETS)


if __name__ == "__main__":
    sys.exit(main())
