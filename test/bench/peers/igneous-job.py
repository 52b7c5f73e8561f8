"""
Converts a stack of slices to a precomputed volume with its pyramid, and meshes, by cloud-volume, igneous and zmesh (C++):
labels, or an image if an encoding is given.
"""
import contextlib
import json
import os
import pathlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import igneous.task_creation as tasks
import numpy as np
import tifffile
from cloudvolume import CloudVolume
from taskqueue import LocalTaskQueue


def compression_of(request):
    return "gzip" if request.get("gzip", True) else None


def upload(request, paths, z):
    slab = np.stack([tifffile.imread(path) for path in paths])
    volume = CloudVolume("file://" + request["output"], progress=False, compress=compression_of(request))
    volume[:, :, z : z + len(slab)] = slab.T[..., np.newaxis].astype(slab.dtype.name)


def run_all(work, workers):
    with LocalTaskQueue(parallel=workers, progress=False) as queue:
        queue.insert_all(work)


def convert(request):
    paths = sorted(pathlib.Path(request["stack"]).glob("*.tif"))
    first = tifffile.imread(paths[0])
    workers, chunk = request["workers"], request["chunk"]
    where = "file://" + request["output"]
    info = CloudVolume.create_new_info(
        num_channels=1,
        layer_type="image" if "encoding" in request else "segmentation",
        data_type=first.dtype.name,
        encoding=request.get("encoding", "compressed_segmentation"),
        resolution=request["resolution"],
        voxel_offset=[0, 0, 0],
        chunk_size=[chunk] * 3,
        volume_size=[first.shape[1], first.shape[0], len(paths)],
    )
    if request.get("encoding") == "jpeg":
        info["scales"][0]["jpeg_quality"] = request["quality"]
    CloudVolume(where, info=info).commit_info()
    starts = range(0, len(paths), chunk)
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(upload, [request] * len(starts), [paths[z : z + chunk] for z in starts], starts))
    factors, mip = request["factors"], 0
    while mip < len(factors):
        same = 1
        while mip + same < len(factors) and factors[mip + same] == factors[mip]:
            same += 1
        run_all(
            tasks.create_downsampling_tasks(
                where, mip=mip, num_mips=same, factor=tuple(factors[mip]), compress=compression_of(request)
            ),
            workers,
        )
        mip += same
    if request["mesh"]:
        run_all(
            tasks.create_meshing_tasks(
                where, mip=0, shape=(256, 256, 256), max_simplification_error=40, mesh_dir="mesh", compress="gzip"
            ),
            workers,
        )
        run_all(tasks.create_unsharded_multires_mesh_tasks(where, num_lod=2), workers)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        with open(os.devnull, "w") as silence, contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            convert(request)
        print(json.dumps({"seconds": time.perf_counter() - start}), file=answers, flush=True)
