"""The agent as a process: run once over a file, or started, waited for, scraped and stopped."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

from lib import metrics

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def binary():
    """IPTALLYD, or the build in the source tree."""
    return os.environ.get("IPTALLYD") or str(SOURCE / "build" / "iptallyd")


def captures_folder():
    """IPTALLY_CAPTURES, or the folder beside the source; None where there is none."""
    named = os.environ.get("IPTALLY_CAPTURES")
    folder = pathlib.Path(named) if named else SOURCE.parent / "shared" / "captures"
    return folder if folder.is_dir() else None


def once(*arguments, file=None, timeout=60, stdin=None, prefix=()):
    """iptallyd --once, to its end. Gives the finished process; text in stdout and stderr."""
    command = [*prefix, binary(), *(["-r", str(file)] if file else []), "--once", "--snmp=off",
               *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, check=False)


def count(file, *arguments):
    """The series of a file that must be readable from end to end; their sums close."""
    done = once("--export.ports=all", *arguments, file=file)
    assert done.returncode == 0, f"{file}: exit {done.returncode}: {done.stderr.decode()}"
    return metrics.read(done.stdout.decode())


def free_port(kind=socket.SOCK_STREAM, host="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as one:
        one.bind((host, 0))
        return one.getsockname()[1]


def wait_until(condition, seconds=10, what="the condition"):
    """Polls until condition() is true and gives what it gave."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


def fetch(url, timeout=10, **headers):
    """(status, headers, body as text) of a GET."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read().decode()


def answers(url):
    """Whether there is an agent at this address, that finds itself well."""
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False


class Agent:
    """A running agent with HTTP on a free port, SNMP off and no look-ups of names (which are traffic
    too) unless told otherwise.

        with Agent("-i", "lo") as agent:
            series = agent.scrape()

    Leaving the block stops it with TERM and asserts that it ends well and leaves nothing behind.
    """

    def __init__(self, *arguments, namespace=None, snmp="off", ready=True, stdin=None):
        self.host = "127.0.0.1"
        self.namespace = namespace
        self.port = free_port()
        command = [binary(), f"--web.listen-address={self.host}:{self.port}", f"--snmp={snmp}",
                   "-n", *map(str, arguments)]
        if namespace:
            command = ["ip", "netns", "exec", namespace, *command]
        self._errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE,
                                        stderr=self._errors, start_new_session=True)
        self.stdout = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if ready:
            try:
                wait_until(self.is_ready, what="ready")
            except BaseException:
                self.kill()
                raise

    def _read(self):
        self.stdout = self.process.stdout.read()

    def url(self, path="/metrics"):
        return f"http://{self.host}:{self.port}{path}"

    def get(self, path="/metrics"):
        """(status, headers or None, text); from within the agent's namespace where it has one."""
        if not self.namespace:
            return fetch(self.url(path))
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, "curl", "-s", "--max-time", "10",
             "-w", "\n%{http_code}", self.url(path)],
            capture_output=True, text=True, check=False)
        body, _, status = done.stdout.rpartition("\n")
        return int(status or 0), None, body

    def is_ready(self):
        assert self.process.poll() is None, f"the agent ended: {self.stderr()}"
        try:
            return self.get("/-/ready")[0] == 200
        except OSError:
            return False

    def scrape(self):
        """Every series, none twice, and the sums close: that holds at every moment."""
        status, _, text = self.get()
        assert status == 200, f"scrape: {status}"
        return metrics.read(text)

    def scrape_until(self, condition, seconds=10, what="the scrape"):
        """Scrapes until condition(series) is true; gives those series."""

        def look():
            series = self.scrape()
            return series if condition(series) else None

        return wait_until(look, seconds, what)

    def stderr(self):
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def send_signal(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def wait(self, seconds=5):
        """The exit status, and standard output in self.stdout."""
        status = self.process.wait(seconds)
        self._reader.join(seconds)
        return status

    def stop(self, number=signal.SIGTERM, status=0):
        """Asserts the exit status, a stop within a second (and some), and that nothing is left."""
        begun = time.monotonic()
        self.send_signal(number)
        try:
            ended = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"no stop within 5 s: {self.stderr()}") from None
        took = time.monotonic() - begun
        assert ended == status, f"exit {ended}: {self.stderr()}"
        assert took < 1.5, f"stopping took {took:.2f} s"
        assert not self.leftovers(), "processes are left"

    def leftovers(self):
        """Processes of the agent's session that are still there."""
        return session_members(self.process.pid)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None and self.process.poll() is None:
            self.stop()
        else:
            self.kill()
        self._errors.close()


class Once:
    """iptallyd --once on live interfaces: counts while in the block, gives .series after it."""

    def __init__(self, namespace, *arguments):
        self._process = namespace.popen(
            binary(), "--once", "--duration=60", "--snmp=off", *arguments, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.series = None

    def __enter__(self):
        try:
            wait_until(lambda: "listening on" in self._process.stderr.readline(), what="the start")
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(self, kind, *_):
        if kind:
            self._kill()
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            printed, errors = self._process.communicate(timeout=10)
        except BaseException:
            self._kill()
            raise
        assert self._process.returncode == 0, errors
        self.series = metrics.read(printed)

    def _kill(self):
        self._process.kill()
        self._process.communicate()


def session_members(session):
    """Process ids whose session this is (proc(5), stat, field 6), zombies left out."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found
