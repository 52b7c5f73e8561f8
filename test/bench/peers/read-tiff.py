"""Reads all slices of a folder into allocated memory with tifffile and imagecodecs (C), on one thread."""
import json
import pathlib
import sys
import time

import numpy as np
import tifffile

target = None

for line in sys.stdin:
    folder = pathlib.Path(json.loads(line)["folder"])
    start, cpu = time.perf_counter(), time.process_time()
    paths = sorted(folder.glob("*.tif"))
    for z, path in enumerate(paths):
        with tifffile.TiffFile(path) as tiff:
            page = tiff.pages[0]
            if target is None or target.shape != (len(paths), *page.shape):
                target = np.empty((len(paths), *page.shape), page.dtype)
            page.asarray(out=target[z], maxworkers=1)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
