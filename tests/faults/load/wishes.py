"""Chooses what a worker asks for next: mostly what will succeed, and some of what won't."""

from fixture import ops

from .model import Item

NAMES = 60           # nodes that a worker has at most directly below its root, alive or not
SEQUENTIAL_MAX = 12  # sequential nodes of one worker: as many at once
SHARED = "/seq"      # where the sequential nodes of all workers are
_FILLER = bytes(range(256)) * 64


class Wishes:
    def __init__(self, random, root):
        self.random = random
        self.root = root
        self.serial = 0

    def next(self, world, names):
        """The items of one request; more than one is a multi. `world` is what all requests so far will have made of it;
        `names` are the paths of those sequential nodes that have been told."""
        self.serial += 1
        kind = self.random.random()
        if kind < 0.18:
            return [self._sequential(world, names)]
        if kind < 0.33:
            return [self._item(world) for _ in range(self.random.randint(2, 4))]
        if kind < 0.40:
            return [Item(ops.GET_DATA, *[self._path()] * 2)]
        return [self._item(world)]

    def close(self):
        self.serial += 1
        return [Item(ops.CLOSE_SESSION, "", "")]

    def _data(self):
        length = self.random.choice((0, 100, 4000, 8000, 16000))
        return b"%s %d %d " % (self.root.encode(), self.serial, self.random.getrandbits(30)) + _FILLER[:length]

    def _path(self):
        path = f"{self.root}/n{self.random.randrange(NAMES)}"
        return path + f"/c{self.random.randrange(3)}" if self.random.random() < 0.15 else path

    def _version(self, node):
        roll = self.random.random()
        if node is None or roll < 0.2:
            return -1
        return node.version if roll < 0.9 else node.version + 1

    def _item(self, world):
        path = self._path()
        node = world.nodes.get(path)
        wanted = self.random.random()
        if node is None and wanted < 0.9:
            flags = ops.EPHEMERAL if self.random.random() < 0.2 else ops.PERSISTENT
            return Item(ops.CREATE, path, path, self._data(), flags=flags)
        if wanted < 0.15:
            return Item(ops.CREATE, path, path, self._data())
        if wanted < 0.35:
            return Item(ops.DELETE, path, path, version=self._version(node))
        return Item(ops.SET_DATA, path, path, self._data(), self._version(node))

    def _sequential(self, world, names):
        mine = [k for k in world.nodes if k.startswith("#")]
        told = [k for k in mine if k in names]
        if told and (len(mine) >= SEQUENTIAL_MAX or self.random.random() < 0.3):
            key = self.random.choice(told)
            return Item(ops.DELETE, key, names[key])
        flags = self.random.choice((ops.SEQUENTIAL, ops.EPHEMERAL_SEQUENTIAL))
        key = f"#{self.root}.{self.serial}"
        return Item(ops.CREATE, key, f"{SHARED}/s-", key.encode(), flags=flags)
