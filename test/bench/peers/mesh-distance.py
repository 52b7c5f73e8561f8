"""Compares meshes of labels with those of zmesh (C++) and of Neuroglancer's own mesher (C++): distances in nm."""
import json
import pathlib
import struct
import sys
import time

import numpy as np
import zmesh
from neuroglancer import _neuroglancer
from scipy.spatial import cKDTree

random = np.random.default_rng(1)


def ours(folder, label):
    """A mesh in the single-resolution format: vertices in nm, corners."""
    return decode((folder / str(label)).read_bytes())


def decode(fragment):
    (count,) = struct.unpack_from("<I", fragment)
    vertices = np.frombuffer(fragment, "<f4", 3 * count, 4).reshape(-1, 3)
    return vertices.astype(float), np.frombuffer(fragment, "<u4", offset=4 + 12 * count).reshape(-1, 3)


def by_zmesh(volume, labels, resolution, error):
    """Meshes a padded volume, as zmesh leaves surfaces open at the edges; therefore vertices are moved by half a voxel."""
    mesher = zmesh.Mesher(tuple(resolution))
    mesher.mesh(np.pad(volume, 1), close=False)
    for label in labels:
        factor = 0 if error == 0 else 100
        mesh = mesher.get(label, normals=False, reduction_factor=factor, max_error=error)
        yield mesh.vertices - np.array(resolution) / 2, mesh.faces


def by_neuroglancer(volume, labels, resolution):
    """Uses the settings of Neuroglancer's Python package. The volume is padded and vertices are moved in the same way."""
    padded = np.ascontiguousarray(np.pad(volume, 1).T)
    mesher = _neuroglancer.OnDemandObjectMeshGenerator(padded, np.array(resolution, float), np.zeros(3))
    for label in labels:
        vertices, faces = decode(mesher.get_mesh(int(label)))
        yield vertices - np.array(resolution) / 2, faces


def samples(vertices, faces, spacing):
    """Returns points spread evenly over a surface, and the number of the triangle of each."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    count = int(np.clip(areas.sum() / spacing**2, 200, 300_000))
    chosen = random.choice(len(faces), count, p=areas / areas.sum())
    u, v = random.random((2, count, 1))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    return a[chosen] + u * (b - a)[chosen] + v * (c - a)[chosen], chosen


def to_triangles(p, a, b, c):
    """Returns the distances of points from triangles, one by one."""
    def to_segment(p, a, b):
        d = b - a
        t = np.clip(np.sum((p - a) * d, 1) / np.maximum(np.sum(d * d, 1), 1e-12), 0, 1)
        return np.linalg.norm(p - a - t[:, None] * d, axis=1)

    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1)
    height = np.abs(np.sum((p - a) * normal, 1)) / np.maximum(length, 1e-12)
    inside = length > 1e-9
    for s, e in ((a, b), (b, c), (c, a)):
        inside &= np.sum(np.cross(e - s, p - s) * normal, 1) >= 0
    edges = np.minimum(np.minimum(to_segment(p, a, b), to_segment(p, b, c)), to_segment(p, c, a))
    return np.where(inside, np.minimum(height, edges), edges)


def normals(vertices, faces):
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    return normal / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)[:, None]


def one_way(first, second, spacing):
    """Returns the distances from points of one surface to the other, and whether the nearest triangle faces the other way."""
    points, own = samples(*first, spacing)
    vertices, faces = second
    targets, triangles = samples(vertices, faces, spacing)
    # These add points of small triangles.
    targets = np.concatenate([targets, vertices[faces].mean(axis=1)])
    triangles = np.concatenate([triangles, np.arange(len(faces))])
    _, near = cKDTree(targets).query(points, k=8)
    candidates = triangles[near]
    best, nearest = np.full(len(points), np.inf), np.zeros(len(points), int)
    for column in range(near.shape[1]):
        index = candidates[:, column]
        distance = to_triangles(points, *(vertices[faces[index, i]] for i in range(3)))
        closer = distance < best
        best[closer], nearest[closer] = distance[closer], index[closer]
    against = np.sum(normals(*first)[own] * normals(*second)[nearest], 1) < 0
    return best, against


def volume_of(vertices, faces):
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    return np.sum(a * np.cross(b, c)) / 6


def open_edges(faces):
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    forth, back = edges[:, 0] << 32 | edges[:, 1], edges[:, 1] << 32 | edges[:, 0]
    return int(np.sum(~np.isin(forth, back)))


def compare(request):
    x, y, z = request["shape"]
    resolution, spacing = request["resolution"], request["spacing"]
    volume = np.fromfile(request["path"], dtype=np.uint64).reshape(z, y, x).T
    labels = [int(label) for label in request["labels"]]
    counts = dict(zip(*(column.tolist() for column in np.unique(volume, return_counts=True))))
    folder = pathlib.Path(request["meshes"])
    meshes = {
        "ours": [ours(folder, label) for label in labels],
        "zmesh": list(by_zmesh(volume, labels, resolution, request["error"])),
        "Neuroglancer": list(by_neuroglancer(volume, labels, resolution)),
        "voxels": list(by_zmesh(volume, labels, resolution, 0)),
    }
    sizes = [
        {
            "mesher": name,
            "triangles": sum(len(faces) for _, faces in found),
            "openEdges": sum(open_edges(faces) for _, faces in found),
            "volume": sum(volume_of(*mesh) for mesh in found) / np.prod(resolution) / sum(counts[i] for i in labels),
        }
        for name, found in meshes.items()
    ]
    distances = []
    for first, second in request["pairs"]:
        both = [
            one_way(*pair, spacing)
            for a, b in zip(meshes[first], meshes[second])
            for pair in ((a, b), (b, a))
        ]
        forth, back = (np.concatenate([distance for distance, _ in both[way::2]]) for way in (0, 1))
        nm = np.concatenate([forth, back])
        distances.append(
            {
                "pair": f"{first} – {second}",
                "mean": nm.mean(),
                "p99": np.quantile(nm, 0.99),
                "largestForth": forth.max(),
                "largestBack": back.max(),
                "against": np.concatenate([against for _, against in both[::2]]).mean(),
            }
        )
    return {"sizes": sizes, "distances": distances}


for line in sys.stdin:
    start = time.perf_counter()
    answer = compare(json.loads(line))
    print(json.dumps({"seconds": time.perf_counter() - start, **answer}), flush=True)
