#!/usr/bin/python3
"""Checks what the compiler doesn't: who includes whom, what the deterministic rooms use, macros, lengths, READMEs.

    layering.py ROOT     prints every offence as file:line: what; exit 1 if there is one

The rules are data, in rules.py; layering_bites.py shows that each of them bites.
"""
import pathlib
import re
import sys

import rules

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)")
# Literals go before comments: a string may hold //.
LITERAL_OR_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|//[^\n]*|/\*.*?\*/', re.S)
# A variable at namespace scope (code there stands at the beginning of the line) that is not constant.
NOT_A_VARIABLE = (r"(?:using|typedef|class|struct|union|enum|namespace|template|return|friend|case|public|private"
                  r"|else|goto)\b")
GLOBAL = re.compile(rf"^(?!{NOT_A_VARIABLE})(?!.*\b(?:const|constexpr)\b)"
                    r"(?:(?:static|inline|extern|constinit)\s+)*[A-Za-z_][\w:]*(?:<[^()]*>)?[\s*&]+\w+\s*"
                    r"(?:=[^=].*|\{.*\}|\[.*\].*)?;")
STATIC_VARIABLE = re.compile(r"^\s+(?:inline\s+)?static\s+(?:inline\s+)?(?!.*\b(?:const|constexpr)\b)"
                             r"[A-Za-z_][\w:]*(?:<[^()]*>)?[\s*&]+\w+\s*(?:=|;|\{|\[)")


class Report:
    def __init__(self):
        self.offences = []

    def add(self, path, line, what):
        self.offences.append(f"{path}:{line}: {what}")


def without_literals_and_comments(text):
    def blank(match):
        kept = '""' if match.group()[0] in "\"'" else ""
        return kept + "\n" * match.group().count("\n")
    return LITERAL_OR_COMMENT.sub(blank, text)


def room_of(path):
    return path.parts[0] if path.parts[0] == "wire" else path.parts[1]


def is_ours(name):
    return name.split("/")[0] in rules.ROOMS or name.startswith("tests/")


def may_include_ours(room, name):
    rooms, _ = rules.ROOMS[room]
    target = name.split("/")[0]
    return target == room or target in rooms or name in rooms


def is_external(name):
    known = {beginning for _, externals in rules.ROOMS.values() for beginning in externals}
    return any(name.startswith(beginning) for beginning in known) or "absl/" in name


def check_include(report, path, line, name):
    room = room_of(path)
    if is_ours(name):
        if not may_include_ours(room, name):
            report.add(path, line, f"{room} may not include {name}")
        return
    if is_external(name) and not any(name.startswith(beginning) for beginning in rules.ROOMS[room][1]):
        report.add(path, line, f"{room} may not include {name}")
    for beginning, _, _ in rules.ONE_DOOR:
        if name.startswith(beginning) and room == door_of(beginning) and path.suffix != ".cc":
            report.add(path, line, f"{name} only in a .cc")
    if is_pure(path) and is_forbidden_in_pure(name):
        report.add(path, line, f"{room} is deterministic: no {name}")


def is_pure(path):
    room = room_of(path)
    return room in rules.PURE and not path.name.startswith(rules.PURE_BUT.get(room, ("/",)))


def is_forbidden_in_pure(name):
    return (name in rules.PURE_FORBIDDEN_HEADERS
            or name.startswith(rules.PURE_FORBIDDEN_HEADER_BEGINNINGS + rules.IMPURE_EXTERNALS))


def door_of(beginning):
    return next(room for name, room, _ in rules.ONE_DOOR if name == beginning)


def check_pure_code(report, path, code):
    for number, line in enumerate(code.split("\n"), 1):
        for word in rules.PURE_FORBIDDEN_WORDS:
            if found := re.search(word, line):
                report.add(path, number, f"{room_of(path)} is deterministic: no {found.group().strip()}")
        if GLOBAL.match(line) or STATIC_VARIABLE.match(line):
            report.add(path, number, f"{room_of(path)} has no mutable globals: {line.strip()}")


def check_source(report, path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if found := INCLUDE.match(line):
            check_include(report, path, number, found.group(2))
        if (found := DEFINE.match(line)) and found.group(1) not in rules.MACROS:
            report.add(path, number, f"no macro but {', '.join(sorted(rules.MACROS))}: {found.group(1)}")
    if is_pure(path):
        check_pure_code(report, path, without_literals_and_comments(text))


def check_doors(report, sources):
    for beginning, room, most in rules.ONE_DOOR:
        users = [path for path, text in sources
                 if room_of(path) == room and any(found.group(2).startswith(beginning)
                                                  for found in map(INCLUDE.match, text.split("\n")) if found)]
        for path in users[most:]:
            report.add(path, 1, f"{beginning} is included in more than {most} file(s) of {room}")


def check_lengths(report, root):
    for top in ("src", "wire", "tests"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc", ".py", ".java"):
                continue
            lines = path.read_text().count("\n")
            if lines > rules.LINES_MAX:
                report.add(path.relative_to(root), lines, f"{lines} lines, more than {rules.LINES_MAX}")


def check_readmes(report, root):
    folders = [root / "src", root / "wire", root / "tests"]
    folders += [path for top in ("src", "tests") for path in (root / top).iterdir() if path.is_dir()]
    for folder in sorted(folders):
        if any(folder.glob("*.*")) and folder.name != "__pycache__" and not (folder / "README.md").exists():
            report.add(folder.relative_to(root), 0, "has no README.md")


def check(root):
    report = Report()
    paths = [path for top in ("src", "wire") for path in sorted((root / top).rglob("*"))
             if path.suffix in (".h", ".cc")]
    sources = [(path.relative_to(root), path.read_text()) for path in paths]
    for path, text in sources:
        if room_of(path) in rules.ROOMS:
            check_source(report, path, text)
        else:
            report.add(path, 0, "a room that rules.py does not know")
    check_doors(report, [(path, text) for path, text in sources if room_of(path) in rules.ROOMS])
    check_lengths(report, root)
    check_readmes(report, root)
    return report.offences


def main():
    offences = check(pathlib.Path(sys.argv[1]))
    print("\n".join(offences) or "nothing to object to")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
