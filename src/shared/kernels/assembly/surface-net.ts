/**
 * The surfaces between all labels of a region as one net (surface nets: Gibson, Constrained Elastic Surface Nets,
 * 1998, with vertices at the corners of voxels); ../surface-net.ts is the host and describes the result.
 */
import { extraAt, labelsAt, NONE, ranksAt, reserveNet } from './net-memory';
import { findVertices } from './find-vertices';
import { mergeCells } from './merge-cells';
import { setTarget, writeTile } from './net-triangles';
import { relaxNet, setVolume } from './relax-net';

export { setVolume, writeTile };

/** Room for the triangles of a tile, which take 104 bytes each. */
let mostTriangles: u32 = 0;

/** Reserves memory. Returns false if there isn't enough. */
export function reserveRegion(x: i32, y: i32, z: i32, labels: u32, vertices: u32, triangles: u32): bool {
  mostTriangles = triangles;
  return reserveNet(x, y, z, labels, vertices, 104 * triangles);
}

export function labelsPointer(): usize {
  return labelsAt;
}

export function ranksPointer(): usize {
  return ranksAt;
}

/** The address to which {@link writeTile} writes the labels of triangles. */
export function sidesPointer(): usize {
  return extraAt;
}

/** The address to which it writes their corners. */
export function cornersPointer(): usize {
  return extraAt + 8 * <usize>mostTriangles;
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
  setTarget(sidesPointer(), cornersPointer(), mostTriangles, nmX, nmY, nmZ);
  return true;
}
