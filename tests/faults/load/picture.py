"""What a server holds, read over the wire: many requests at once, so that reading hundreds of nodes is quick."""

from fixture import ops
from fixture.jute import Reader

from .model import Node

AT_ONCE = 50


def call_all(link, requests):
    """The replies to (op, body), in order."""
    requests, replies = list(requests), []
    for start in range(0, len(requests), AT_ONCE):
        chunk = requests[start:start + AT_ONCE]
        for op, body in chunk:
            link.send(op, body)
        replies += [link.reply() for _ in chunk]
    return replies


def node_of(reply):
    assert reply.err == 0, f"err {reply.err} for a node that was listed"
    reader = Reader(reply.body)
    data, stat = reader.buffer(), reader.stat()
    assert stat.length == len(data), stat
    return Node(data, stat.version, stat.cversion, stat.czxid, stat.mzxid, stat.pzxid, stat.owner, stat.children)


def nodes_of(link, paths):
    return dict(zip(paths, map(node_of, call_all(link, ((ops.GET_DATA, ops.watched(p)) for p in paths)))))


def children_of(link, paths):
    answers = call_all(link, ((ops.GET_CHILDREN, ops.watched(p)) for p in paths))
    return [f"{path}/{name}" for path, answer in zip(paths, answers) for name in Reader(answer.body).strings()]


def subtree(link, roots):
    """path -> Node of the roots and all below them."""
    found, level = {}, list(roots)
    while level:
        nodes = nodes_of(link, level)
        found.update(nodes)
        level = children_of(link, [p for p, n in nodes.items() if n.children])
    return found
