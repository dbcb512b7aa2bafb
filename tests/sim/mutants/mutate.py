"""Puts all mutants of a list into copies of the files that they name.

    mutate.py LIST --names              the mutants, one a line
    mutate.py LIST --files              the files that they change
    mutate.py LIST SOURCE TARGET        reads below SOURCE; writes the copies, and mutants.h, below TARGET

A copy is written only where it is another than before, so that only that is compiled again.
"""
import pathlib
import re
import sys


class Mutant:
    def __init__(self, name):
        self.name, self.promise, self.may_abort = name, "", False
        self.changes = []  # (file, lines as they are, lines as they become)


def read_list(path):
    mutants, file = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        if line[0] in "-+":
            read_change(mutants[-1], file, line)
        elif word == "mutant":
            mutants.append(Mutant(rest))
        elif word == "breaks":
            mutants[-1].promise = rest
        elif line == "may abort":
            mutants[-1].may_abort = True
        elif word == "at":
            file = rest
            mutants[-1].changes.append((file, [], []))
        else:
            sys.exit(f"{path}:{number}: what is {line!r}?")
    return mutants


def read_change(mutant, file, line):
    _, before, after = mutant.changes[-1]
    if line[0] == "-" and after:  # the next place of the same file
        mutant.changes.append((file, [], []))
        _, before, after = mutant.changes[-1]
    (before if line[0] == "-" else after).append(line[1:])


def fault_in(mutants):
    names = [mutant.name for mutant in mutants]
    for mutant in mutants:
        if names.count(mutant.name) > 1:
            return f"{mutant.name} stands there twice"
        if not mutant.promise or not mutant.changes:
            return f"{mutant.name} breaks nothing"
        for file, before, after in mutant.changes:
            if not file.endswith(".cc"):  # a header's code would be there twice, in two forms
                return f"{mutant.name}: {file} is no .cc"
            if not before or not after:
                return f"{mutant.name}: {file}: nothing becomes something, or something nothing"
        if not any("MUTANT" in line for _, _, after in mutant.changes for line in after):
            return f"{mutant.name} is always active"
    return None


def mutated(text, file, mutants):
    for mutant in mutants:
        for its_file, before, after in mutant.changes:
            if its_file == file:
                text = put(text, mutant, file, "\n".join(before).lstrip(" "), "\n".join(after).lstrip(" "))
    return f'#include "mutants.h"  // a copy: see tests/sim/mutants\n{text}'


def put(text, mutant, file, before, after):
    if text.count(before) != 1:
        sys.exit(f"{file}: found {text.count(before)} times instead of once, for the mutant {mutant.name} of "
                 f"tests/sim/mutants/mutants.txt:\n{before}\nThe source has changed, or another mutant has changed the "
                 f"same lines: give the mutant its lines as they are now.")
    is_chosen = f"::zabra::mutants::is_chosen(::zabra::mutants::Mutant::{mutant.name})"
    return text.replace(before, re.sub(r"\bMUTANT\b", is_chosen, after))


def header(mutants):
    names = "".join(f"  {mutant.name},\n" for mutant in mutants)
    facts = "".join(f'    {{"{mutant.name}", "{mutant.promise}", {str(mutant.may_abort).lower()}}},\n'
                    for mutant in mutants)
    return f"""// Made by tests/sim/mutants/mutate.py.
#pragma once

namespace zabra::mutants {{

enum class Mutant {{
  none,
{names}}};
struct Facts {{
  const char* name;
  const char* promise;
  bool may_abort;
}};
inline constexpr Facts all[] = {{
    {{"none", "", false}},
{facts}}};

inline Mutant chosen = Mutant::none;
inline bool is_chosen(Mutant mutant) {{ return chosen == mutant; }}

}}  // namespace zabra::mutants
"""


def write_if_other(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def main():
    mutants = read_list(pathlib.Path(sys.argv[1]))
    files = sorted({file for mutant in mutants for file, _, _ in mutant.changes})
    if (fault := fault_in(mutants)) is not None:
        sys.exit(f"{sys.argv[1]}: {fault}")
    if sys.argv[2] == "--names":
        return print("\n".join(mutant.name for mutant in mutants))
    if sys.argv[2] == "--files":
        return print("\n".join(files))
    source, target = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    copies = {file: mutated((source / file).read_text(), file, mutants) for file in files}
    write_if_other(target / "mutants.h", header(mutants))
    for file, text in copies.items():
        write_if_other(target / file, text)


if __name__ == "__main__":
    main()
