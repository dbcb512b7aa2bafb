"""Three servers of Zabra, and three of Apache ZooKeeper, under the same settings: the defaults of both."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "interop"))

from fixture.ensemble import Ensemble, Member  # noqa: E402  found by the path above
from fixture.server import APACHE_CLASS_PATH  # noqa: E402

SIZE = 3
# What ZooKeeper has when nothing is said, and what its sample says of initLimit and syncLimit.
SETTINGS = {"tickTime": 2000, "initLimit": 10, "syncLimit": 5, "minSessionTimeout": 4000, "maxSessionTimeout": 40000,
            "preAllocSize": 65536}


def zabra(binary):
    class Zabra(Member):
        def _command(self):
            return [binary, "server", self.conf]

    return Ensemble(SIZE, SETTINGS, member=Zabra)


def apache(heap):
    class Apache(Member):
        def _command(self):
            return ["java", f"-Xmx{heap}", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                    "-Dzookeeper.jmx.log4j.disable=true", "-cp", APACHE_CLASS_PATH,
                    "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.conf]

    return Ensemble(SIZE, SETTINGS, member=Apache)


def both(binary, heap):
    return {"zabra": zabra(binary), "apache": apache(heap)}
