"""A proxy that stands still in one direction or both: what has been sent stays on the way, the end of a connection too,
and nothing gets through until it goes on. A new connection needs both directions, as TCP does."""

import socket
import threading


class Direction:
    def __init__(self):
        self._moves = threading.Event()
        self._moves.set()

    def shut(self):
        self._moves.clear()

    def open(self):
        self._moves.set()

    def wait(self):
        self._moves.wait()


class Proxy:
    """`outward` is from who dials to `target`, `homeward` the answers."""

    def __init__(self, target):
        self.outward, self.homeward = Direction(), Direction()
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        _in_background(self._accept)

    @property
    def port(self):
        return self._listener.getsockname()[1]

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes whoever accepts
        self.outward.open()
        self.homeward.open()

    def _accept(self):
        with self._listener:
            while True:
                dialler, _ = self._listener.accept()
                _in_background(self._join, dialler)

    def _join(self, dialler):
        with dialler:
            self.outward.wait()
            self.homeward.wait()
            with socket.create_connection(self._target) as target:
                for end in (dialler, target):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                back = _in_background(_copy, target, dialler, self.homeward)
                _copy(dialler, target, self.outward)
                back.join()


def _copy(source, sink, direction):
    data = True
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        direction.wait()
        try:
            sink.sendall(data) if data else sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.shutdown(socket.SHUT_RDWR)  # nobody takes it any more
            return


def _in_background(work, *arguments):
    def until_it_ends():
        try:
            work(*arguments)
        except OSError:
            return  # an end was closed

    thread = threading.Thread(target=until_it_ends, daemon=True)
    thread.start()
    return thread
