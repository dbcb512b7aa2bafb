"""What a session's requests do to the nodes that belong to it: a model of its own, which shares nothing with the
server.

A node's zxids are those of the replies. Of a request that was sent and not answered nobody knows the zxid, nor whether
it was done: Unknown stands in for it, and match() finds out."""

from collections import namedtuple

from fixture import ops

# `owner` as in Stat. A sequential node's key is its tag, since nobody knows its name before the reply; others' is the
# path.
Node = namedtuple("Node", "data version cversion czxid mzxid pzxid owner children")
Item = namedtuple("Item", "op key path data version flags", defaults=(b"", -1, 0))


class Failed(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


def parent_of(key):
    """None where nobody's model has the parent: that of the sequential nodes is shared."""
    return None if key.startswith("#") else key.rsplit("/", 1)[0]


class World:
    """The nodes of one worker, and whether its session is over."""

    def __init__(self, nodes=None, session=0, closed=False):
        self.nodes = dict(nodes or {})
        self.session = session
        self.closed = closed

    def copy(self):
        return World(self.nodes, self.session, self.closed)

    def ephemerals(self):
        return sorted(k for k, n in self.nodes.items() if n.owner and n.owner == self.session)

    def apply(self, items, zxid):
        """Does a request, all of it or nothing. Gives the error of each item, as the answer to a multi has them."""
        before = dict(self.nodes)
        for place, item in enumerate(items):
            try:
                _DO[item.op](self, item, zxid)
            except Failed as failed:
                self.nodes = before
                behind = len(items) - place - 1
                return [0] * place + [failed.code] + [ops.RUNTIME_INCONSISTENCY] * behind
        return [0] * len(items)

    # The operations

    def _found(self, item):
        node = self.nodes.get(item.key)
        if node is None:
            raise Failed(ops.NO_NODE)
        if item.version not in (-1, node.version):
            raise Failed(ops.BAD_VERSION)
        return node

    def _child_changed(self, key, zxid, by):
        parent = parent_of(key)
        if parent is not None and parent in self.nodes:
            node = self.nodes[parent]
            self.nodes[parent] = node._replace(cversion=node.cversion + 1, pzxid=zxid, children=node.children + by)

    def _create(self, item, zxid):
        parent = parent_of(item.key)
        if parent is not None and parent not in self.nodes:
            raise Failed(ops.NO_NODE)
        if item.key in self.nodes:
            raise Failed(ops.NODE_EXISTS)
        if parent is not None and self.nodes[parent].owner:
            raise Failed(ops.NO_CHILDREN_FOR_EPHEMERALS)
        owner = self.session if item.flags in (ops.EPHEMERAL, ops.EPHEMERAL_SEQUENTIAL) else 0
        self.nodes[item.key] = Node(item.data, 0, 0, zxid, zxid, zxid, owner, 0)
        self._child_changed(item.key, zxid, 1)

    def _delete(self, item, zxid):
        if self._found(item).children:
            raise Failed(ops.NOT_EMPTY)
        del self.nodes[item.key]
        self._child_changed(item.key, zxid, -1)

    def _set(self, item, zxid):
        node = self._found(item)
        self.nodes[item.key] = node._replace(data=item.data, version=node.version + 1, mzxid=zxid)

    def _check(self, item, _zxid):
        self._found(item)

    def _close(self, _item, zxid):
        for key in self.ephemerals():
            del self.nodes[key]
            self._child_changed(key, zxid, -1)
        self.closed = True


_DO = {ops.CREATE: World._create, ops.DELETE: World._delete, ops.SET_DATA: World._set, ops.CHECK: World._check,
       ops.GET_DATA: World._check, ops.CLOSE_SESSION: World._close}


# ---- what the server is found to hold ----

def unknown(serial):
    """The zxid of the request with that number, as long as nobody knows it."""
    return -serial


class _Bindings(dict):
    """unknown -> the zxid that it turned out to be."""

    def same(self, expected, found):
        return expected == found if expected >= 0 else self.setdefault(expected, found) == found

    def in_order(self, floor):
        """Whether requests took their zxids in the order in which they were sent, above all that was acknowledged."""
        zxids = [floor] + [self[u] for u in sorted(self, reverse=True)]
        return all(a < b for a, b in zip(zxids, zxids[1:]))


def match(expected, found, floor):
    """None when `found` can be `expected`, which may have unknown zxids; else the first difference, in words."""
    for key in expected.keys() | found.keys():
        if key not in found:
            return f"{key} is missing"
        if key not in expected:
            return f"{key} should not be there: {_short(found[key])}"
    bindings = _Bindings()
    for key, node in expected.items():
        for field, a, b in zip(Node._fields, node, found[key]):
            if not (bindings.same(a, b) if field in ("czxid", "mzxid", "pzxid") else a == b):
                return f"{key}: {field} differs: expected {_short(node)}, found {_short(found[key])}"
    return None if bindings.in_order(floor) else f"zxids out of order: {dict(bindings)} above {floor:#x}"


def _short(node):
    zxids = " ".join(f"{name}={getattr(node, name):#x}" for name in ("czxid", "mzxid", "pzxid"))
    return (f"{node.data[:16]!r}({len(node.data)}) version={node.version} cversion={node.cversion} {zxids} "
            f"owner={node.owner:#x} children={node.children}")
