#!/usr/bin/python3
"""Runs interop suites against one server: Zabra, or with --oracle Debian's Apache ZooKeeper 3.8.0.

  run.py --zabra build/release/zabra wire_golden wire_watches
  run.py --oracle                        every suite against the oracle: this is how the tests themselves are tested
  run.py --zabra build/release/zabra -k hostile
"""

import argparse
import importlib
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from fixture import options  # noqa: E402


def suites():
    return sorted(p.stem for p in (HERE / "suites").glob("*.py") if p.stem != "__init__")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--zabra", help="path of the zabra binary")
    target.add_argument("--oracle", action="store_true", help="Apache ZooKeeper 3.8.0 of Debian instead")
    parser.add_argument("--clients", default=str(HERE.parents[1] / "build/release/tests/interop/clients"),
                        help="directory of the client programs that the build made [%(default)s]")
    parser.add_argument("--keep", action="store_true", help="leave the servers' directories and logs")
    parser.add_argument("--list", action="store_true", help="names the suites and ends")
    parser.add_argument("-k", action="append", dest="patterns", metavar="PART", help="only tests whose name has PART")
    parser.add_argument("suites", nargs="*", metavar="SUITE")
    return parser, parser.parse_args()


def load(names, patterns):
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [p if "*" in p else f"*{p}*" for p in patterns]
    return unittest.TestSuite(loader.loadTestsFromModule(importlib.import_module(f"suites.{n}")) for n in names)


def main():
    parser, given = arguments()
    if given.list:
        print("\n".join(suites()))
        return 0
    if not given.zabra and not given.oracle:
        parser.error("give --zabra PATH or --oracle")
    unknown = set(given.suites) - set(suites())
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}; there are: {', '.join(suites())}")
    options.oracle, options.keep = given.oracle, given.keep
    options.clients = os.path.abspath(given.clients)
    options.zabra = os.path.abspath(given.zabra) if given.zabra else None
    tests = load(given.suites or suites(), given.patterns)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    if result.testsRun == 0 or result.skipped:
        print("no test ran" if result.testsRun == 0 else "a test was skipped: that counts as failed")
        return 1
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
