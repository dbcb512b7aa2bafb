"""Starts that fail: what the process ended with, what it said, and what it did to the directory."""

import hashlib
import os
import subprocess

END_SECONDS = 30


def end_of_start(server):
    """Starts the server, which is expected to end by itself; gives (exit code, what it said). One that serves instead
    is killed, and has no exit code."""
    said = len(server.log_text()) if os.path.exists(server.log) else 0
    server.launch()
    try:
        code = server.child.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        code = None
    return code, server.log_text()[said:]


def fingerprint(directory):
    """path -> (bytes, hash) of every file, to be compared before and after."""
    found = {}
    for place, directories, names in os.walk(directory):
        found.update({os.path.join(place, name): None for name in directories})
        for path in (os.path.join(place, name) for name in names):
            with open(path, "rb") as file:
                data = file.read()
            found[path] = (len(data), hashlib.sha256(data).hexdigest())
    return found
