"""
Converts a stack of slices to a precomputed volume with its pyramid, by tifffile and tensorstore (C++), which has no gzip:
labels, or an image if an encoding is given.
"""
import gzip
import json
import pathlib
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np
import tensorstore as ts
import tifffile


def encoding_of(request):
    encoding = request.get("encoding", "compressed_segmentation")
    if encoding == "compressed_segmentation":
        return {"encoding": encoding, "compressed_segmentation_block_size": [8, 8, 8]}
    return {"encoding": encoding, **({"jpeg_quality": request["quality"]} if encoding == "jpeg" else {})}


def scale_of(request, context, dtype, size, resolution):
    spec = {
        "driver": "neuroglancer_precomputed",
        "kvstore": {"driver": "file", "path": request["output"]},
        "multiscale_metadata": {
            "type": "image" if "encoding" in request else "segmentation",
            "data_type": dtype,
            "num_channels": 1,
        },
        "scale_metadata": {
            "size": size,
            "resolution": resolution,
            "chunk_size": [request["chunk"]] * 3,
            **encoding_of(request),
        },
    }
    return ts.open(spec, create=True, open=True, context=context).result()


def convert(request):
    paths = sorted(pathlib.Path(request["stack"]).glob("*.tif"))
    first = tifffile.imread(paths[0])
    workers, chunk, resolution = request["workers"], request["chunk"], request["resolution"]
    context = ts.Context({"data_copy_concurrency": {"limit": workers}, "file_io_concurrency": {"limit": 4 * workers}})
    scale = scale_of(request, context, first.dtype.name, [first.shape[1], first.shape[0], len(paths)], resolution)
    with ThreadPoolExecutor(workers) as pool:
        for z in range(0, len(paths), chunk):
            slab = np.stack(list(pool.map(tifffile.imread, paths[z : z + chunk])))
            scale[:, :, z : z + len(slab), 0].write(slab.T).result()
    for factors in request["factors"]:
        reduced = ts.downsample(scale, [*factors, 1], "mean" if "encoding" in request else "mode")
        resolution = [a * b for a, b in zip(resolution, factors)]
        scale = scale_of(request, context, first.dtype.name, list(reduced.shape[:3]), resolution)
        scale.write(reduced).result()


def zip_object(path):
    """Replaces NAME by NAME.gz, which never exists half written."""
    part = path.with_name(path.name + ".part")
    part.write_bytes(gzip.compress(path.read_bytes(), 6))
    part.rename(path.with_name(path.name + ".gz"))
    path.unlink()


def zip_objects(request):
    """Zips every chunk. The chunks of a scale are in the scale's own folder."""
    paths = list(pathlib.Path(request["output"]).glob("*/*"))
    with ProcessPoolExecutor(request["workers"]) as pool:
        list(pool.map(zip_object, paths, chunksize=8))


if __name__ == "__main__":
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        convert(request)
        if request["gzip"]:
            zip_objects(request)
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
