"""Runs pages under nbval in kernels that need no imports: forked from one process in which torch is loaded already.

`python -m bookbuild.warm WORKERS`, in the environment that the pages shall see, reads one job a line, {"work": folder,
"arguments": pytest's}, short ones first, runs WORKERS of them at a time and prints a line for each that has ended: its
folder and its seconds. A kernel is forked before anything ran in its runner, so it holds imported modules and nothing
else; modules of this project are forgotten and imported anew. Where forking is not safe (macOS), or with D2L_FORK=0,
every runner and every kernel starts from nothing; the results are the same.
"""
import importlib
import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

FORKS = sys.platform == "linux" and os.environ.get("D2L_FORK") != "0"


class Kernel:
    """A kernel to be, forked now; `launch` lets it begin. To jupyter_client it is what subprocess.Popen would be."""
    stdin = stdout = stderr = returncode = None

    def __init__(self):
        orders, self.orders = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(orders)
            os.setpgid(self.pid, self.pid)                 # interrupting the kernel interrupts nothing else
            return
        os.close(self.orders)
        with os.fdopen(orders) as file:
            connection_file = file.read()
        become_kernel(connection_file) if connection_file else os._exit(0)

    def launch(self, command, **options):
        """Takes the place of jupyter_client's launch_kernel; the command ends in the name of the connection file."""
        with os.fdopen(self.orders, "w") as file:
            file.write(command[-1])
        return self

    def poll(self):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self, timeout=None):
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while self.poll() is None:
            if time.monotonic() >= end:
                raise subprocess.TimeoutExpired("kernel", timeout)
            time.sleep(0.02)
        return self.returncode

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(15)

    def kill(self):
        self.send_signal(9)


def become_kernel(connection_file):
    from ipykernel.kernelapp import IPKernelApp
    for name in [name for name in sys.modules if name.partition(".")[0] in ("d2l_solutions", "nbdrift", "bookbuild")]:
        del sys.modules[name]
    IPKernelApp.launch_instance(["-f", connection_file, f"--IPKernelApp.parent_handle={os.getppid()}"])   # dies with it
    os._exit(0)


def redirect(path):
    with open(path, "ab") as log, open(os.devnull) as nothing:
        for source, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(source.fileno(), target)


def start(work, arguments):
    """Start the runner of one page; returns its process id."""
    if not FORKS:
        with open(work / "nbval.log", "ab") as log:
            return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log).pid
    pid = os.fork()
    if pid == 0:
        try:
            redirect(work / "nbval.log")
            import jupyter_client.provisioning.local_provisioner as local
            import nbval.kernel
            import pytest
            local.launch_kernel = Kernel().launch
            nbval.kernel.KernelManager = partial(nbval.kernel.KernelManager, transport="ipc",    # no race for ports
                                                 ip=f"{os.environ['JUPYTER_RUNTIME_DIR']}/{os.getpid()}")
            status = pytest.main(arguments)
            sys.stdout.flush()
            os._exit(status)
        finally:
            os._exit(1)
    return pid


def preload(many, device):
    """Import what every page needs; for many pages also what some of them need.

    Not d2l.torch with a GPU: it counts the GPUs, and where that starts CUDA, as it does without NVML, no fork can use CUDA any more.
    """
    for module in ("ipykernel.kernelapp", "nbval.plugin", "torch", "matplotlib.pyplot",
                   *(["scipy.stats", "sympy"] if many else []), *(["d2l.torch"] if many and device == "cpu" else [])):
        importlib.import_module(module)


def main():
    workers, jobs, running = int(sys.argv[1]), [json.loads(line) for line in sys.stdin], {}
    if FORKS:
        preload(len(jobs) > 5, os.environ["DEVICE"])
    while jobs or running:
        while jobs and len(running) < workers:
            job = jobs.pop(0)
            running[start(Path(job["work"]), job["arguments"])] = job["work"], time.time()
        pid, _ = os.wait()
        if pid in running:
            work, began = running.pop(pid)
            print(json.dumps({"work": work, "seconds": time.time() - began}), flush=True)


if __name__ == "__main__":
    main()
