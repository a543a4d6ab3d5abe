"""The `okta` example as a process."""

import socket
import subprocess
import threading


class Issuer:
    """A running issuer; `with` stops it and insists on a clean end."""

    def __init__(self, binary, *flags):
        listen = [] if "--listen" in flags else ["--listen", "127.0.0.1:0"]
        arguments = [binary, *listen, *map(str, flags)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # A process that hangs before it is ready is stopped, which ends the read below.
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        first = self.process.stdout.readline()
        watchdog.cancel()
        if not first.startswith("ready http://"):
            self.process.kill()
            raise SystemExit(f"the issuer did not start: {first!r}\n{self.process.communicate()[1]}")
        self.address = first.split()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            _, errors = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode == 0, f"exit status {self.process.returncode}\n{errors}"

    def rest_of_greeting(self, until):
        """What follows the `ready` line, up to and with the line that starts with `until`."""
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith(until):
                break
        return "".join(lines)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
