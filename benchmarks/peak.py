"""Peak memory of one pass in a process of its own: `python -m benchmarks.peak 22M` prints MiB."""

import resource
import sys
from pathlib import Path

from benchmarks.data import make
from benchmarks.plans import five_services
from gep.zonal.accumulate import run_pass


def peak() -> float:
    """Peak resident memory of this process, MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss is inherited from the process that started this one
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    run_pass(five_services(make(sys.argv[1])))
    print(peak())
