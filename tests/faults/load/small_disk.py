"""A file system of a few megabytes, which can be filled and emptied.

It is a tmpfs in a mount namespace of this process, which the server inherits: other processes don't see it, and it is
gone with us, whatever ends the run. Root may mount; anybody else becomes root of a user namespace for it. Where the
kernel permits neither, that is a failure of the run with the reason, never a skipped test."""

import ctypes
import errno
import os
import subprocess

_NEW_MOUNTS, _NEW_USERS = 0x00020000, 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)
_entered = False


def _unshare(flags):
    if _libc.unshare(flags) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"unshare({flags:#x}): {os.strerror(number)}: a full disk can't be tested here: run it "
                              "as root, or permit user namespaces")


def _enter_namespace():
    global _entered
    if _entered:
        return
    user, group = os.geteuid(), os.getegid()
    _unshare(_NEW_MOUNTS if user == 0 else _NEW_MOUNTS | _NEW_USERS)
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
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
