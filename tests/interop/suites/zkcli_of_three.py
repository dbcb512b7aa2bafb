"""zkCli.sh on an ensemble of three servers. Exit codes of single commands have nothing to do with it."""

from fixture.case import OnThree
from suites import zkcli


class Session(OnThree, zkcli.Session):
    def expected(self, command, recorded):
        """One server has no configuration to show; an ensemble does. Without ports of clients in it `-c` shows commas."""
        config = self.server.config
        if command in ("config", "config -w"):
            return config.split("\n")
        if command == "config -c":
            return ["0 ,,"]
        if command == "config -s":
            changed = {"mtime": "TIME", "dataVersion": -1, "dataLength": len(config)}
            stat = dict(line.split(" = ") for line in recorded)
            return [*config.split("\n"), *(f"{key} = {value}" for key, value in {**stat, **changed}.items())]
        return recorded
