"""Who may include what, and what the deterministic rooms must not know. The design's section 2 as data.

A room is a folder of src/, or wire/. To let a room see more, change its row, and say why in the commit.
"""

# room: (other rooms that it may include, external headers by the beginning of their names)
ROOMS = {
    "wire": ((), ("zlib.h",)),
    "base": (("wire",), ("spdlog/", "openssl/")),
    "state": (("base", "wire"), ("absl/container/", "sanitizer/")),  # what a pool holds free is poisoned
    "zab": (("base", "wire"), ("absl/container/",)),
    "replica": (("state", "zab", "base", "wire"), ()),
    "storage": (("base", "wire"), ("leveldb/",)),
    "net": (("base", "wire"), ("asio/", "asio.hpp", "openssl/")),
    "admin": (("base", "wire", "replica/status.h"), ("httplib.h", "nlohmann/", "prometheus/")),
    # CLI11 for command.cc, the sub-command that starts it.
    "server": (("wire", "base", "state", "zab", "replica", "storage", "net", "admin"), ("asio/", "asio.hpp", "CLI/")),
    "client": (("base", "wire"), ("asio/", "asio.hpp", "openssl/")),
    "cli": (("wire", "base", "state", "zab", "replica", "storage", "net", "admin", "server", "client", "tools"),
            ("CLI/", "asio/", "asio.hpp", "nlohmann/", "editline/", "histedit.h")),
    "tools": (("storage", "base", "wire"), ("CLI/", "nlohmann/")),
}

# External headers that stay behind one door: (beginning of the name, room, in how many of its .cc files at most).
# No header of ours may include them.
ONE_DOOR = (
    ("spdlog/", "base", 1),
    ("openssl/", "base", 1),
    ("leveldb/", "storage", 2),  # the checkpoint, and the Env below it
)

# Rooms whose answers depend on nothing but what they are given.
PURE = ("wire", "state", "zab", "replica", "client")
# Of a pure room, what is not: files by the beginning of their names. Only they may include what brings sockets in.
PURE_BUT = {"client": ("asio_",)}
IMPURE_EXTERNALS = ("asio/", "asio.hpp", "openssl/")

# Of the standard library and the system, what would bring time, chance, threads or files into them.
PURE_FORBIDDEN_HEADERS = {
    "thread", "mutex", "shared_mutex", "condition_variable", "future", "atomic", "semaphore", "latch", "barrier",
    "stop_token", "chrono", "ctime", "time.h", "random", "iostream", "fstream", "ostream", "istream", "filesystem",
    "csignal", "pthread.h", "unistd.h", "fcntl.h", "dirent.h", "poll.h",
}
PURE_FORBIDDEN_HEADER_BEGINNINGS = ("sys/", "netinet/", "arpa/")
PURE_FORBIDDEN_WORDS = (
    r"\brandom_device\b", r"\b(?:system|steady|high_resolution)_clock\b", r"\bclock_gettime\b", r"\bgettimeofday\b",
    r"\bstd::(?:thread|jthread|mutex|atomic|async|cout|cerr|clog)\b", r"\bthread_local\b", r"\bgetenv\b",
    r"\bs?rand\s*\(", r"\bstd::time\s*\(", r"\bf(?:open|write|read)\s*\(", r"\bstd::unordered_(?:map|set)\b",
)

MACROS = {"CHECK"}
LINES_MAX = 500
