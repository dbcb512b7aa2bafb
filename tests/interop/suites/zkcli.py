"""zkCli.sh of ZooKeeper 3.8.0: one long piped session against a recorded transcript, and exit codes of single commands.

clients/zkcli/session.txt holds the commands ("> ls /") and what each prints, as Apache ZooKeeper 3.8.0 answered it: a
fresh server, so even the zxids are equal. `run.py --oracle --keep zkcli` leaves the transcript of its run in the
server's directory, in the same form."""

import os
import pathlib
import re

from fixture.case import ServerCase
from fixture.process import run

SCRIPT = "/usr/share/zookeeper/bin/zkCli.sh"
RECORDED = pathlib.Path(__file__).parents[1] / "clients/zkcli/session.txt"
JAVA_FLAGS = "-Xmx128m -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
MARK = "Sync is OK"  # a sync after each command: its answer comes behind the command's watch events
EVENT = re.compile(r"WatchedEvent state:SyncConnected type:(\w+) path:(.*)")


def transcript(text):
    """[(command, [line …])] of the recorded form."""
    entries = []
    for line in text.splitlines():
        if line.startswith("> "):
            entries.append((line[2:], []))
        elif line and not line.startswith("#"):
            entries[-1][1].append(line)
    return entries


def plain(line):
    """Without what differs from run to run: times, session ids, the order of lists."""
    line = re.sub(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d \w+ \d{4}",
                  lambda m: m[0] if m[0].endswith(" 1970") else "TIME", line)
    line = re.sub(r"ephemeralOwner = 0x[0-9a-f]{6,}", "ephemeralOwner = SESSION", line)
    # An ensemble's zxids begin with its epoch: the first of a fresh one.
    line = re.sub(r"Zxid = 0x1([0-9a-f]{8})", lambda m: f"Zxid = {int(m[1], 16):#x}", line)
    line = re.sub(r"(ZooKeeper CLI version: 3\.\d+).*", r"\1", line)
    if line.startswith("[") and line.endswith("]"):
        line = "[" + ", ".join(sorted(line[1:-1].split(", "))) + "]"
    return line.rstrip()


def printed(lines, command):
    """What the main thread printed, in order, then the events, in order: two threads print, so only that is sure."""
    lines = [plain(line) for line in lines if line.strip() and line != "WATCHER::"]
    said = [line for line in lines if not EVENT.fullmatch(line)]
    if command == "whoami":
        said.sort()
    return said + [f"* {match[1]} {match[2]}" for match in map(EVENT.fullmatch, lines) if match]


def blocks_of(lines, commands):
    """The lines of each command: up to its mark, and of a sync up to the second one."""
    blocks, block, owed = [], [], list(commands)
    for line in lines:
        block.append(line)
        if line == MARK and owed and block.count(MARK) == (2 if owed[0].startswith("sync ") else 1):
            blocks.append(block[:-1])
            block = []
            owed.pop(0)
    return blocks


class CliCase(ServerCase):
    def cli(self, *arguments, text_in="", seconds=60):
        """(exit code, lines without the logger's and without those that greet)."""
        environment = {**os.environ, "CLIENT_JVMFLAGS": JAVA_FLAGS}
        code, out = run([SCRIPT, "-server", self.server.address, *arguments], seconds, env=environment,
                        cwd=self.server.directory, text_in=text_in)
        return code, [line for line in out.splitlines() if not line.startswith("SLF4J:")]

    def one(self, *command):
        """(exit code, lines) of a single command; it is preceded by the greeting and the event of the connection."""
        code, lines = self.cli(*command)
        return code, [plain(line) for line in lines
                      if line.strip() and not line.startswith(("Connecting to ", "WATCHER::", "WatchedEvent "))]


class Session(CliCase):
    def expected(self, command, recorded):
        return recorded

    def test_a_piped_session_prints_what_was_recorded(self):
        recorded = [(command, self.expected(command, lines)) for command, lines in transcript(RECORDED.read_text())]
        commands = [command for command, _ in recorded]
        code, lines = self.cli(text_in="".join(f"{command}\nsync /\n" for command in commands) + "quit\n")
        start = next(n for n, line in enumerate(lines) if line.startswith("JLine support"))
        lines = [line for line in lines[start + 1:]
                 if not line.startswith("WatchedEvent state:SyncConnected type:None")]
        seen = [(command, printed(block, command)) for command, block in zip(commands, blocks_of(lines, commands))]
        with open(f"{self.server.directory}/session.txt", "w") as file:
            file.writelines("\n".join([f"> {command}", *said]) + "\n" for command, said in seen)
        self.assertEqual(len(recorded), len(seen), lines[-20:])
        for number, (expected, got) in enumerate(zip(recorded, seen)):
            with self.subTest(command=expected[0], number=number):
                self.assertEqual(expected, got)
        self.assertEqual(0, code)


class ExitCodes(CliCase):
    def test_single_commands(self):
        for command, code, lines in (
                (("create", "/one", "data"), 0, ["Created /one"]),
                (("create", "/one"), 1, ["Node already exists: /one"]),
                (("ls", "/"), 0, ["[one, zookeeper]"]),
                (("get", "/one"), 0, ["data"]),
                (("get", "/nope"), 1, ["Node does not exist: /nope"]),
                (("set", "-v", "7", "/one", "x"), 1, ["version No is not valid : /one"]),
                (("-r", "getAllChildrenNumber", "/"), 0, ["4"]),
                (("deleteall", "/one"), 0, []),
                (("delete", "/one"), 1, ["Node does not exist: /one"])):
            with self.subTest(" ".join(command)):
                self.assertEqual((code, lines), self.one(*command))

    def test_an_unknown_command(self):
        code, lines = self.one("nosuch")
        self.assertEqual((127, "Command not found: Command not found nosuch"), (code, lines[-1]))

    def test_a_pipe_ends_with_the_code_of_its_last_command(self):
        for text, code in (("ls /\nget /nope\n", 1), ("get /nope\nls /\n", 0), ("get /nope\nls /\nquit\n", 0)):
            with self.subTest(text):
                self.assertEqual(code, self.cli(text_in=text)[0])
