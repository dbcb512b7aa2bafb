#!/usr/bin/python3
"""Shows that each rule of layering.py bites: a small clean project passes, and with one bad sample each it does not."""
import pathlib
import sys
import tempfile

import layering

CLEAN = {
    "wire/jute.h": "#include <string>\n#include <zlib.h>\nstruct Reader { int at = 0; };\n",
    "wire/README.md": "wire\n",
    "src/README.md": "src\n",
    "src/base/README.md": "base\n",
    "src/base/log.cc": '#include <spdlog/spdlog.h>\n#include "wire/jute.h"\n',
    "src/state/README.md": "state\n",
    "src/state/tree.h": ('#include "wire/jute.h"\n#include <absl/container/flat_hash_map.h>\n'
                         "namespace zabra {\nusing Name = int;\ninline constexpr int most = 3;\n"
                         "static constexpr char digits[] = \"01\";\nconst int least = 1;\nint count(int of);\n"
                         "// not std::mutex, not rand()\n"
                         "inline const char* text() { return \"random_device // no\"; }\n"
                         "class Tree {\n  static int of(int n);\n  static constexpr int kept = 1;\n  int size_ = 0;\n"
                         "};\n}\n"),
    "src/client/README.md": "client\n",
    "src/client/asio_face.cc": "#include <asio/io_context.hpp>\n#include <chrono>\n",
    "tests/README.md": "tests\n",
    "tests/state/README.md": "tests of state\n",
    "tests/state/tree_test.cc": '#include <thread>\n#include "state/tree.h"\n',
}

# (what it shows, the file, its text, what the report must say)
BAD = (
    ("a room above", "src/state/a.h", '#include "replica/replica.h"', "state may not include replica/replica.h"),
    ("zab knows no state", "src/zab/a.h", '#include "state/tree.h"', "zab may not include state/tree.h"),
    ("state knows no zab", "src/state/a.cc", '#include "zab/leader.h"', "state may not include zab/leader.h"),
    ("wire knows nobody", "wire/a.h", '#include "base/log.h"', "wire may not include base/log.h"),
    ("net decides nothing", "src/net/a.h", '#include "replica/event.h"', "net may not include replica/event.h"),
    ("admin sees status only", "src/admin/a.h", '#include "replica/replica.h"',
     "admin may not include replica/replica.h"),
    ("nobody includes tests", "src/server/a.h", '#include "tests/state/a.h"', "server may not include tests/state/a.h"),
    ("Asio in net only", "src/replica/a.cc", "#include <asio/io_context.hpp>", "replica may not include asio/"),
    ("a session core without sockets", "src/client/a.cc", "#include <asio/io_context.hpp>", "no asio/io_context.hpp"),
    ("a session core without clocks", "src/client/a.h", "#include <chrono>", "no chrono"),
    ("client sees no server", "src/client/a.h", '#include "state/tree.h"', "client may not include state/tree.h"),
    ("LevelDB in storage only", "src/state/a.cc", "#include <leveldb/db.h>", "state may not include leveldb/db.h"),
    ("LevelDB in no header", "src/storage/a.h", "#include <leveldb/db.h>", "leveldb/db.h only in a .cc"),
    ("spdlog in base only", "src/net/a.cc", "#include <spdlog/spdlog.h>", "net may not include spdlog/spdlog.h"),
    ("spdlog in no header", "src/base/a.h", "#include <spdlog/spdlog.h>", "spdlog/spdlog.h only in a .cc"),
    ("spdlog in one file", "src/base/more.cc", "#include <spdlog/spdlog.h>", "more than 1 file(s) of base"),
    ("Abseil where allowed", "src/net/a.cc", "#include <absl/container/flat_hash_map.h>", "net may not include absl/"),
    ("no threads", "src/zab/a.cc", "#include <thread>", "no thread"),
    ("no mutexes", "src/replica/a.h", "#include <mutex>", "no mutex"),
    ("no clocks", "src/state/a.cc", "#include <chrono>", "no chrono"),
    ("no files", "src/replica/a.cc", "#include <fstream>", "no fstream"),
    ("no streams", "wire/a.cc", "#include <iostream>", "no iostream"),
    ("no system calls", "src/zab/a.cc", "#include <sys/socket.h>", "no sys/socket.h"),
    ("no clock's name", "src/replica/a.cc", "auto t = std::chrono::steady_clock::now();", "no steady_clock"),
    ("no chance", "src/state/a.cc", "  std::random_device any;", "no random_device"),
    ("no unordered tables", "src/state/a.cc", "  std::unordered_map<int, int> m;", "no std::unordered_map"),
    ("no thread-locals", "src/zab/a.cc", "thread_local int x;", "no thread_local"),
    ("no environment", "src/replica/a.cc", '  auto s = getenv("X");', "no getenv"),
    ("no global", "src/state/a.cc", "int counter = 0;", "no mutable globals: int counter = 0;"),
    ("no static global", "src/state/a.cc", "static std::vector<int> kept;", "no mutable globals"),
    ("no inline global", "src/zab/a.h", "inline std::string name{};", "no mutable globals"),
    ("no local static", "src/replica/a.cc", "void f() {\n  static int calls = 0;\n}", "no mutable globals"),
    ("no macro but CHECK", "src/net/a.h", "#define MIN(a, b) 0", "no macro but CHECK: MIN"),
    ("no long file", "src/net/long.cc", "//\n" * 501, "501 lines, more than 500"),
    ("no long test", "tests/state/long_test.cc", "//\n" * 501, "501 lines, more than 500"),
    ("no unknown room", "src/misc/a.h", "", "a room that rules.py does not know"),
    ("a README in every room", "src/net/a.cc", "", "src/net:0: has no README.md"),
    ("a README in every folder of tests", "tests/net/a_test.cc", "", "tests/net:0: has no README.md"),
)


def offences_of(files):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return layering.check(root)


def main():
    failures = [f"the clean project: {offence}" for offence in offences_of(CLEAN)]
    for what, name, text, expected in BAD:
        offences = offences_of({**CLEAN, name: text})
        if not any(expected in offence for offence in offences):
            failures.append(f"{what}: expected '{expected}', got {offences}")
    print("\n".join(failures) or f"{len(BAD)} bad samples are all found")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
