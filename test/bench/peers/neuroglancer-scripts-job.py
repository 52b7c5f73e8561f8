"""Converts a stack of slices to a precomputed volume with its pyramid, by neuroglancer-scripts (Python)."""
import json
import pathlib
import subprocess
import sys
import time

import tifffile


def script(name, *arguments):
    path = pathlib.Path(sys.executable).with_name(name)
    subprocess.run([path, *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def convert(request):
    output = pathlib.Path(request["output"])
    output.mkdir(parents=True)
    paths = sorted(pathlib.Path(request["stack"]).glob("*.tif"))
    first = tifffile.imread(paths[0])
    full = {
        "type": "segmentation",
        "data_type": first.dtype.name,
        "num_channels": 1,
        "scales": [
            {
                "size": [first.shape[1], first.shape[0], len(paths)],
                "resolution": request["resolution"],
                "voxel_offset": [0, 0, 0],
                "encoding": "compressed_segmentation",
            }
        ],
    }
    (output / "info_fullres.json").write_text(json.dumps(full))
    script("generate-scales-info", str(output / "info_fullres.json"), str(output), "--encoding", "compressed_segmentation")
    script("slices-to-precomputed", request["stack"], str(output), "--input-orientation", "RAS")
    script("compute-scales", str(output), "--downscaling-method", "majority")


for line in sys.stdin:
    request = json.loads(line)
    start = time.perf_counter()
    convert(request)
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
