/**
 * The surfaces between all labels of a region as one net (surface nets: Gibson, Constrained Elastic Surface Nets,
 * 1998, with vertices at the corners of voxels); ../surface-net.ts is the host and describes the result.
 */
import { labelsAt, NONE, ranksAt, reserveLabels, reserveNet } from './net-memory';
import { findVertices, setVolume, vertexCount } from './find-vertices';
import { mergeCells } from './merge-cells';
import { findTile, setUnits } from './net-triangles';
import { relaxNet } from './relax-net';
import {
  beginTiles,
  hadRoom,
  meshLabel,
  meshPositionsPointer,
  meshTriangles,
  meshTrianglesPointer,
  meshVertices,
  nextMesh,
} from './tile-meshes';

export {
  findTile,
  hadRoom,
  meshLabel,
  meshPositionsPointer,
  meshTriangles,
  meshTrianglesPointer,
  meshVertices,
  nextMesh,
  reserveLabels,
  reserveNet,
  setVolume,
};

export function labelsPointer(): usize {
  return labelsAt;
}

export function ranksPointer(): usize {
  return ranksAt;
}

/**
 * Finds the net of the region that the host has written.
 * @param error the error of merged vertices, in nm; with 0 none are merged
 * @returns whether there was room for all vertices
 */
export function findNet(isSmooth: bool, error: f64, nmX: f64, nmY: f64, nmZ: f64): bool {
  if (findVertices() === NONE) return false;
  relaxNet(isSmooth);
  mergeCells(error, nmX, nmY, nmZ);
  setUnits(nmX, nmY, nmZ);
  beginTiles(vertexCount);
  return true;
}
