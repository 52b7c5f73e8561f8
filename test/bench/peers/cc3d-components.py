"""Finds the connected components of a raw uint64 volume by cc3d (C++), with 26 neighbours."""
import json
import sys
import time

import cc3d
import numpy as np

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    volume = np.fromfile(request["path"], dtype=np.uint64).reshape(z, y, x).T
    volume.max()
    start, cpu = time.perf_counter(), time.process_time()
    count = cc3d.connected_components(volume, connectivity=26, return_N=True)[1]
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "count": count}), flush=True)
