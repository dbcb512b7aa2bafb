"""Runs the tests of the file that calls it against a built `zabra`, as its command line says."""

import argparse
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "interop"))  # servers and clients are those of the interop tests
sys.dont_write_bytecode = True

from fixture import options  # noqa: E402


def main(doc):
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zabra", required=True, help="path of the zabra binary")
    parser.add_argument("-k", action="append", dest="patterns", metavar="PART", help="only tests whose name has PART")
    given = parser.parse_args()
    options.zabra = os.path.abspath(given.zabra)
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{part}*" for part in given.patterns] if given.patterns else None
    result = unittest.TextTestRunner(verbosity=2).run(loader.loadTestsFromModule(sys.modules["__main__"]))
    return 0 if result.wasSuccessful() and result.testsRun > 0 and not result.skipped else 1
