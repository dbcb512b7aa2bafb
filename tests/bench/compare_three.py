#!/usr/bin/env python3
"""Three servers of Zabra and three of Apache ZooKeeper under the same loads on one machine, in turn; the ratios.

  tests/bench/compare_three.py [--rounds 2] [--seconds 3]

The connections of a load are spread over the three servers; a single one is the leader's. Exit code as that of
compare.py."""

import argparse
import sys

import compare
import ensembles

LOADS = {
    "write 64x16": ["-m", "write", "-c", "64", "-o", "16"],
    "write 1x1": ["-m", "write", "-c", "1", "-o", "1"],
    "read 64x16": ["-m", "read", "-c", "64", "-o", "16"],
    "read 1x1": ["-m", "read", "-c", "1", "-o", "1"],
}
BUDGETS = [
    ("writes 64x16 against Apache", "write 64x16 zabra", "write 64x16 apache", "at least", 4),
    ("writes 1x1 against Apache", "write 1x1 zabra", "write 1x1 apache", None, None),
    ("reads 64x16 against Apache", "read 64x16 zabra", "read 64x16 apache", None, None),
    ("reads 1x1 against Apache", "read 1x1 zabra", "read 1x1 apache", None, None),
]


class ComparisonOfThree(compare.Comparison):
    def run(self):
        pair = ensembles.both(self._options.zabra, self._options.heap)
        try:
            for ensemble in pair.values():
                ensemble.start()
            for _ in range(self._options.rounds):
                for name, load in LOADS.items():
                    for server, ensemble in pair.items():
                        self._load_all(name, load, server, ensemble)
        finally:
            for ensemble in pair.values():
                ensemble.close()

    def _load_all(self, name, load, server, ensemble):
        leader = ensemble.leader()
        addresses = ",".join(member.address for member in [leader, *ensemble.others(leader)])
        seconds = ["-d", str(self._options.seconds), "-w", str(self._options.warm_up)]
        result = self._bench(f"{name} {server}", [*load, *seconds, addresses])
        if result is not None:
            self.figures.add(f"{name} {server}", result["ops_per_s"])
            self.figures.add(f"{name} p99 ms {server}", result["latency_us"]["p99"] / 1000)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    compare.add_servers(parser)
    compare.add_loads(parser)
    return compare.compared(ComparisonOfThree(parser.parse_args(), None), BUDGETS)


if __name__ == "__main__":
    sys.exit(main())
