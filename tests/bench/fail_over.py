#!/usr/bin/env python3
"""From kill -9 of the leader of three to the next acknowledged write: Zabra, then Apache ZooKeeper, default ticks.

  tests/bench/fail_over.py [--kills 20]

A client that asks both survivors without rest; after each kill the dead server is started again and all serve before
the next. Figures mean something on a quiet machine only; the exit code is 1 if something could not be measured."""

import argparse
import statistics
import sys

import compare
import ensembles
from fixture.fail_over import seconds_to_a_write
from fixture.link import Link
from fixture.process import eventually

WRITE_SECONDS_MAX = 60
BUDGETS = [("median, s", "zabra median", None, "at most", 0.3),
           ("median against Apache", "zabra median", "apache median", "at most", 0.5)]


def fail_over(ensemble):
    leader = ensemble.leader()
    survivors = [server.place for server in ensemble.others(leader)]
    leader.kill()
    taken = seconds_to_a_write(survivors, "/next", WRITE_SECONDS_MAX)
    leader = ensemble.start()
    eventually(lambda: leader.monitored()["synced_followers"] == "2", WRITE_SECONDS_MAX, "both follow")
    return taken


def measured(name, ensemble, kills):
    with Link(ensemble.start().place) as link:
        link.connect()
        link.create("/next")
        link.end_session()
    times = []
    for number in range(kills):
        times.append(fail_over(ensemble))
        print(f"  {name} {number + 1:2} {times[-1] * 1000:8.0f} ms", file=sys.stderr, flush=True)
    return times


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    compare.add_servers(parser)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    figures = compare.Figures()
    print(f"{'':10} {'kills':>6} {'median ms':>10} {'worst ms':>10}")
    for name, ensemble in ensembles.both(options.zabra, options.heap).items():
        try:
            times = measured(name, ensemble, options.kills)
        finally:
            ensemble.close()
        figures.add(f"{name} median", statistics.median(times))
        print(f"{name:10} {len(times):6} {statistics.median(times) * 1000:10.0f} {max(times) * 1000:10.0f}", flush=True)
    print("\n".join(compare.ratios(figures, BUDGETS)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (AssertionError, OSError) as why:
        sys.exit(f"not measured: {why}")
