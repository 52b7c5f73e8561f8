"""
Writes one grey volume in a format, and reads it into memory that is there already by the usual library of the format, on one
thread: tifffile and imagecodecs, h5py, tensorstore, nibabel.
"""
import json
import pathlib
import sys
import time

import h5py
import nibabel
import numpy as np
import tensorstore as ts
import tifffile

CONTEXT = ts.Context({"data_copy_concurrency": {"limit": 1}, "file_io_concurrency": {"limit": 1}})
CHUNK = [64, 64, 64]

TIFF = {
    "TIFF, Deflate": {"compression": "zlib"},
    "TIFF, LZW": {"compression": "lzw"},
    "TIFF, not compressed": {},
    "TIFF, tiles, Deflate": {"compression": "zlib", "tile": (256, 256)},
}
STORES = {
    "Zarr 3, sharded, gzip": lambda path, volume: {
        "driver": "zarr3",
        "kvstore": {"driver": "file", "path": path},
        "metadata": {
            "shape": volume.shape,
            "data_type": volume.dtype.name,
            "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [128, 512, 512]}},
            "codecs": [
                {
                    "name": "sharding_indexed",
                    "configuration": {
                        "chunk_shape": CHUNK,
                        "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "gzip"}],
                    },
                }
            ],
        },
    },
    "N5, gzip": lambda path, volume: {
        "driver": "n5",
        "kvstore": {"driver": "file", "path": path},
        "metadata": {
            "dimensions": volume.shape[::-1],
            "dataType": volume.dtype.name,
            "blockSize": CHUNK,
            "compression": {"type": "gzip"},
            "axes": ["x", "y", "z"],
        },
    },
}


def write(kind, path, volume):
    """The volume as z, y, x."""
    if kind in TIFF:
        pathlib.Path(path).mkdir()
        for z, image in enumerate(volume):
            tifffile.imwrite(f"{path}/slice_{z:04}.tif", image, **TIFF[kind])
    elif kind == "HDF5, gzip":
        with h5py.File(path, "w") as file:
            file.create_dataset("volume", data=volume, chunks=tuple(CHUNK), compression="gzip")
    elif kind == "NIfTI, gzip":
        nibabel.save(nibabel.Nifti1Image(volume.T, np.eye(4)), path)
    else:
        store = ts.open(STORES[kind](path, volume), create=True).result()
        store.write(volume.T if kind.startswith("N5") else volume).result()


def read(kind, path, target):
    if kind in TIFF:
        for z, file in enumerate(sorted(pathlib.Path(path).glob("*.tif"))):
            with tifffile.TiffFile(file) as tiff:
                tiff.pages[0].asarray(out=target[z], maxworkers=1)
    elif kind == "HDF5, gzip":
        with h5py.File(path, "r") as file:
            file["volume"].read_direct(target)
    elif kind == "NIfTI, gzip":
        target[:] = np.asarray(nibabel.load(path).dataobj).T
    else:
        spec = {"driver": STORES[kind](path, target)["driver"], "kvstore": {"driver": "file", "path": path}}
        store = ts.open(spec, context=CONTEXT).result()
        ts.array(target.T if kind.startswith("N5") else target, context=CONTEXT).write(store).result()


target = None

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    start, cpu = time.perf_counter(), time.process_time()
    if "volume" in request:
        write(request["kind"], request["path"], np.fromfile(request["volume"], np.uint8).reshape(z, y, x))
    else:
        if target is None or target.shape != (z, y, x):
            target = np.empty((z, y, x), np.uint8)
        start, cpu = time.perf_counter(), time.process_time()
        read(request["kind"], request["path"], target)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - cpu}), flush=True)
