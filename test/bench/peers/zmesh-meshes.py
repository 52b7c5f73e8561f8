"""Meshes all labels of a raw uint64 volume by zmesh (C++): marching cubes, then simplification to an error."""
import json
import sys
import time

import numpy as np
import zmesh

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    volume = np.fromfile(request["path"], dtype=np.uint64).reshape(z, y, x).T
    volume.max()
    start, cpu = time.perf_counter(), time.process_time()
    mesher = zmesh.Mesher(tuple(request["resolution"]))
    mesher.mesh(np.pad(volume, 1), close=False)
    count = 0
    for label in mesher.ids():
        mesh = mesher.get(label, normals=False, reduction_factor=100, max_error=request["error"])
        mesher.erase(label)
        count += len(mesh.faces)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu, "count": count}), flush=True)
