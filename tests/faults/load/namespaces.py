"""Namespaces of Linux for this process and the servers that it starts: others see nothing of them, and they are gone
with us, whatever ends the run. Root may have them; anybody else becomes root of a user namespace first."""

import ctypes
import os

NEW_MOUNTS, NEW_NETWORK, _NEW_USERS = 0x00020000, 0x40000000, 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)


def enter(kind):
    """A new one of that kind; OSError where it is not to be had."""
    user, group = os.geteuid(), os.getegid()
    _checked(_libc.unshare(kind if user == 0 else kind | _NEW_USERS), f"unshare({kind:#x})")
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def network():
    """A handle of this thread's network."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def go_to_network(handle):
    _checked(_libc.setns(handle, NEW_NETWORK), "setns")


def _checked(result, call):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
