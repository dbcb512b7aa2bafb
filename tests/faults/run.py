#!/usr/bin/python3
"""Runs fault suites against the zabra binary. The seed of what is random is printed; ZABRA_SEED gives it.

  run.py --zabra build/release/zabra kill_nine
  run.py --zabra build/release/zabra -k full --keep     only tests whose name has "full"; leaves directories and logs
"""

import argparse
import importlib
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
# The raw client and the processes are those of the interop tests.
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
sys.dont_write_bytecode = True

from fixture import options  # noqa: E402


def suites():
    return sorted(p.stem for p in (HERE / "suites").glob("*.py") if p.stem != "__init__")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zabra", required=True, help="path of the zabra binary")
    preload = HERE.parents[1] / "build/release/tests/faults/preload/libfailing_disk.so"
    parser.add_argument("--preload", default=str(preload),
                        help="the library of preload/ that the build made [%(default)s]")
    parser.add_argument("--long", action="store_true", help="suites of ensembles run for minutes")
    parser.add_argument("--keep", action="store_true", help="leave the servers' directories and logs")
    parser.add_argument("-k", action="append", dest="patterns", metavar="PART", help="only tests whose name has PART")
    parser.add_argument("suites", nargs="*", choices=[*suites(), []], metavar="SUITE", help=", ".join(suites()))
    return parser.parse_args()


def load(names, patterns):
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [p if "*" in p else f"*{p}*" for p in patterns]
    return unittest.TestSuite(loader.loadTestsFromModule(importlib.import_module(f"suites.{n}")) for n in names)


def main():
    given = arguments()
    options.zabra, options.keep, options.long = os.path.abspath(given.zabra), given.keep, given.long
    options.preload = os.path.abspath(given.preload)
    result = unittest.TextTestRunner(verbosity=2).run(load(given.suites or suites(), given.patterns))
    if result.testsRun == 0 or result.skipped:
        print("no test ran" if result.testsRun == 0 else "a test was skipped: that counts as failed")
        return 1
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
