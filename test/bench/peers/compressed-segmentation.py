"""Encodes or decodes all chunks of a raw uint64 file with the package compressed-segmentation (C++)."""
import json
import sys
import time

import compressed_segmentation as cseg
import numpy as np

BLOCK = (8, 8, 8)
chunks_of = {}


def load(path, side):
    if path not in chunks_of:
        voxels = np.fromfile(path, dtype=np.uint64).reshape(-1, side, side, side)
        chunks = [np.asfortranarray(chunk.T) for chunk in voxels]
        chunks_of[path] = chunks, [cseg.compress(chunk, BLOCK, order="F") for chunk in chunks]
    return chunks_of[path]


for line in sys.stdin:
    request = json.loads(line)
    chunks, encoded = load(request["path"], request["side"])
    start, cpu = time.perf_counter(), time.process_time()
    if request["work"].endswith("encode"):
        for chunk in chunks:
            cseg.compress(chunk, BLOCK, order="F")
    else:
        for chunk, data in zip(chunks, encoded):
            cseg.decompress(data, chunk.shape, np.uint64, BLOCK, order="F")
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
