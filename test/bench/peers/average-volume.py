"""Averages windows of a raw volume by tensorstore or tinybrain (C++), on one thread."""
import json
import sys
import time

import numpy as np
import tensorstore as ts
import tinybrain

CONTEXT = ts.Context({"data_copy_concurrency": {"limit": 1}})

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    volume = np.fromfile(request["path"], dtype=request["type"]).reshape(z, y, x).T
    # Read once, so that the memory is allocated.
    volume.max()
    start, cpu = time.perf_counter(), time.process_time()
    if request["by"] == "tensorstore":
        ts.downsample(ts.array(volume, context=CONTEXT), request["factors"], "mean").read().result()
    else:
        tinybrain.downsample_with_averaging(volume, request["factors"], num_mips=1)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
