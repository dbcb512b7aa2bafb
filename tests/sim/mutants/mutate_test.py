"""mutate.py refuses a list that does not fit, and says where; and it changes what it should."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).with_name("mutate.py")
SOURCE = "int a() {\n  return 1;\n}\nint b() {\n  return 2;\n}\nint c() {\n  return 2;\n}\n"


class Mutate(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = pathlib.Path(self.directory.name)
        (self.root / "in").mkdir()
        (self.root / "in" / "x.cc").write_text(SOURCE)

    def run_with(self, mutants):
        (self.root / "list").write_text(mutants)
        return subprocess.run([sys.executable, SCRIPT, self.root / "list", self.root / "in", self.root / "out"],
                              capture_output=True, text=True, check=False)

    def refusal(self, mutants):
        done = self.run_with(mutants)
        self.assertNotEqual(done.returncode, 0)
        self.assertFalse((self.root / "out" / "x.cc").exists())
        return done.stderr

    def test_the_place_is_changed_and_nothing_else(self):
        self.assertEqual(self.run_with("mutant M\nbreaks it\nat x.cc\n-  return 1;\n+  return MUTANT ? 9 : 1;\n").returncode, 0)
        chosen = "::zabra::mutants::is_chosen(::zabra::mutants::Mutant::M)"
        copy = (self.root / "out" / "x.cc").read_text().split("\n", 1)[1]
        self.assertEqual(copy, SOURCE.replace("return 1;", f"return {chosen} ? 9 : 1;"))

    def test_a_copy_that_stays_the_same_is_not_written_again(self):
        mutants = "mutant M\nbreaks it\nat x.cc\n-return 1;\n+return MUTANT ? 9 : 1;\n"
        self.run_with(mutants)
        before = (self.root / "out" / "x.cc").stat().st_mtime_ns
        self.run_with(mutants)
        self.assertEqual((self.root / "out" / "x.cc").stat().st_mtime_ns, before)

    def test_a_place_that_is_not_there_is_named(self):
        said = self.refusal("mutant M\nbreaks it\nat x.cc\n-  return 3;\n+  return MUTANT ? 9 : 3;\n")
        self.assertIn("x.cc: found 0 times", said)
        self.assertIn("return 3;", said)

    def test_a_place_that_is_there_twice_is_named(self):
        self.assertIn("x.cc: found 2 times", self.refusal("mutant M\nbreaks it\nat x.cc\n-return 2;\n+return MUTANT ? 9 : 2;\n"))

    def test_one_that_can_not_be_switched_off_is_refused(self):
        self.assertIn("always active", self.refusal("mutant M\nbreaks it\nat x.cc\n-return 1;\n+return 9;\n"))

    def test_a_header_is_refused(self):
        self.assertIn("no .cc", self.refusal("mutant M\nbreaks it\nat x.h\n-return 1;\n+return MUTANT ? 9 : 1;\n"))


if __name__ == "__main__":
    unittest.main()
