"""Downsamples a raw uint64 volume by tinybrain (C++)."""
import json
import sys
import time

import numpy as np
import tinybrain

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    volume = np.fromfile(request["path"], dtype=np.uint64).reshape(z, y, x).T
    # Read once, so that the memory is allocated.
    volume.max()
    start, cpu = time.perf_counter(), time.process_time()
    tinybrain.downsample_segmentation(volume, request["factors"], num_mips=1, sparse=False)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
