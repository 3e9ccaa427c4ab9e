"""pytest speaks TAP: -p tap. Each test is one point; what a failed one said follows as comments."""

import pytest


class Reporter:
    """Replaces pytest's terminal report; a test counts once, by its worst phase."""

    def __init__(self):
        self.number = 0

    def point(self, passed, name, directive="", text=""):
        self.number += 1
        name = name.replace("#", "%23")
        print(f"{'ok' if passed else 'not ok'} {self.number} - {name}{directive}", flush=True)
        for line in text.splitlines():
            print(f"#   {line}", flush=True)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            phase = "" if report.when == "call" else f" ({report.when})"
            self.point(False, report.nodeid + phase, text=report.longreprtext)
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else "expected"
            reason = reason.removeprefix("Skipped: ")
            self.point(True, report.nodeid, " # SKIP " + reason.replace("\n", " "))
        elif report.when == "call":
            self.point(True, report.nodeid)

    def pytest_collectreport(self, report):
        if report.failed:
            self.point(False, f"collect {report.nodeid}", text=report.longreprtext)

    def pytest_sessionfinish(self, exitstatus):
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            print("1..0 # SKIP no tests here", flush=True)
        else:
            print(f"1..{self.number}", flush=True)


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    terminal = config.pluginmanager.getplugin("terminalreporter")
    if terminal:
        config.pluginmanager.unregister(terminal)
    config.pluginmanager.register(Reporter(), "tap_reporter")
