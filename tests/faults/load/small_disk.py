"""A file system of a few megabytes, which can be filled and emptied.

It is a tmpfs in a mount namespace of this process, which the server inherits: other processes don't see it, and it is
gone with us, whatever ends the run. Root may mount; anybody else becomes root of a user namespace for it. Where the
kernel permits neither, that is a failure of the run with the reason, never a skipped test."""

import errno
import os
import subprocess

from . import namespaces

_entered = False


def _enter_namespace():
    global _entered
    if _entered:
        return
    try:
        namespaces.enter(namespaces.NEW_MOUNTS)
    except OSError as refused:
        refused.strerror += ": a full disk can't be tested here: run it as root, or permit user namespaces"
        raise
    _run("mount", "--make-rprivate", "/")
    _entered = True


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr.strip()}"


class SmallDisk:
    def __init__(self, directory, megabytes):
        _enter_namespace()
        self.directory = directory
        self._ballast = f"{directory}/ballast"
        os.makedirs(directory, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "zabra-faults", directory)

    def fill(self):
        """To the last byte."""
        with open(self._ballast, "ab", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                try:
                    while file.write(b"x" * size) == size:
                        pass
                except OSError as full:
                    assert full.errno == errno.ENOSPC, full

    def free(self):
        os.remove(self._ballast)

    def unmount(self):
        _run("umount", "--lazy", self.directory)
