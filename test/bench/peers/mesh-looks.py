"""Meshes all labels of a raw uint64 volume by zmesh or VTK (both C++), and writes them in the single-resolution format."""
import json
import pathlib
import sys

import numpy as np
import vtk
import zmesh
from vtk.util import numpy_support


def by_zmesh(volume, request):
    """Meshes a padded volume, as zmesh leaves surfaces open at the edges; therefore vertices are moved by half a voxel."""
    resolution = tuple(request["resolution"])
    mesher = zmesh.Mesher(resolution)
    mesher.mesh(np.pad(volume, 1), close=False)
    for label in mesher.ids():
        mesh = mesher.get(label, normals=False, reduction_factor=100, max_error=request["error"])
        yield label, mesh.vertices - np.array(resolution) / 2, mesh.faces


def by_vtk(volume, request):
    """Surface nets of each label by itself, decimated together to the wanted number of triangles."""
    meshes = [(label, net(volume == label, request["resolution"])) for label in np.unique(volume) if label != 0]
    whole = sum(mesh.GetNumberOfPolys() for _, mesh in meshes)
    for label, mesh in meshes:
        decimation = vtk.vtkQuadricDecimation()
        decimation.SetInputData(mesh)
        decimation.SetTargetReduction(max(0, 1 - request["triangles"] / whole))
        decimation.VolumePreservationOn()
        decimation.Update()
        yield label, *arrays(decimation.GetOutput())


def net(mask, resolution):
    padded = np.pad(mask, 2).astype(np.uint8)
    image = vtk.vtkImageData()
    image.SetDimensions(padded.shape)
    image.SetSpacing(resolution)
    # The middle of the first voxel of the volume is at half a voxel.
    image.SetOrigin([-1.5 * side for side in resolution])
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(padded.ravel(order="F"), deep=True))
    nets = vtk.vtkSurfaceNets3D()
    nets.SetInputData(image)
    nets.SetValue(0, 1)
    nets.SmoothingOn()
    nets.GetSmoother().SetNumberOfIterations(8)
    nets.SetOutputMeshTypeToTriangles()
    nets.Update()
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputData(nets.GetOutput())
    normals.SplittingOff()
    normals.AutoOrientNormalsOn()
    normals.Update()
    return normals.GetOutput()


def arrays(mesh):
    if mesh.GetNumberOfPolys() == 0:
        return np.zeros((0, 3)), np.zeros((0, 3), np.uint32)
    points = numpy_support.vtk_to_numpy(mesh.GetPoints().GetData())
    return points, numpy_support.vtk_to_numpy(mesh.GetPolys().GetConnectivityArray()).reshape(-1, 3)


MESHERS = {"zmesh": by_zmesh, "VTK": by_vtk}

for line in sys.stdin:
    request = json.loads(line)
    x, y, z = request["shape"]
    volume = np.fromfile(request["path"], dtype=np.uint64).reshape(z, y, x).T
    labels = []
    for label, vertices, faces in MESHERS[request["mesher"]](volume, request):
        bytes_of = [np.uint32(len(vertices)), np.asarray(vertices, "<f4"), np.asarray(faces, "<u4")]
        (pathlib.Path(request["out"]) / str(label)).write_bytes(b"".join(part.tobytes() for part in bytes_of))
        labels.append(str(label))
    print(json.dumps({"labels": labels}), flush=True)
