"""A real Prometheus that scrapes an agent, and what it stored."""

import contextlib
import json
import shutil
import subprocess
import urllib.parse

import pytest

from lib import agent, traffic

CONFIG = """\
global:
  scrape_interval: 1s
  scrape_timeout: 1s
scrape_configs:
  - job_name: iptally
    static_configs:
      - targets: ["{target}"]
"""


class Prometheus:
    """A server that scrapes one agent each second; in a namespace where it is given one."""

    def __init__(self, folder, target, namespace=None):
        if not shutil.which("prometheus"):
            pytest.skip("prometheus is not installed (Debian: prometheus)")
        self.namespace = namespace
        self.port = agent.free_port()
        self.log = folder / "log"
        config = folder / "prometheus.yml"
        config.write_text(CONFIG.format(target=target))
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*(namespace.command() if namespace else []), "prometheus",
                 f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"],
                stdout=log, stderr=log)

    def _fetch(self, path):
        with traffic.inside(self.namespace) if self.namespace else contextlib.nullcontext():
            return agent.fetch(f"http://127.0.0.1:{self.port}{path}")

    def is_ready(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self._fetch("/-/ready")[0] == 200
        except OSError:
            return False

    def api(self, path, **parameters):
        status, _, text = self._fetch(f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        assert status == 200, text
        return json.loads(text)["data"]

    def query(self, expression):
        """{(name, labels without those of the scrape): value}"""
        series = {}
        for one in self.api("query", query=expression)["result"]:
            labels = one["metric"]
            name = labels.pop("__name__", "")
            assert labels.pop("job") == "iptally"
            labels.pop("instance")
            key = (name, tuple(sorted(labels.items())))
            assert key not in series
            series[key] = float(one["value"][1])
        return series

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
