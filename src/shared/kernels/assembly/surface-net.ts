/**
 * The surfaces between all labels of a region as one net (surface nets: Gibson, Constrained Elastic Surface Nets, 1998,
 * with a vertex a corner of voxels); ../surface-net.ts is the host and says what comes out.
 */
import { extraAt, labelsAt, NONE, ranksAt, reserveNet } from './net-memory';
import { findVertices } from './find-vertices';
import { mergeCells } from './merge-cells';
import { setTarget, writeTile } from './net-triangles';
import { relaxNet, setVolume } from './relax-net';

export { setVolume, writeTile };

/** Room for the triangles of a tile, 104 bytes each. */
let mostTriangles: u32 = 0;

/** Makes room; false where so much memory isn't to be had. */
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

/** Where {@link writeTile} puts the labels of triangles. */
export function sidesPointer(): usize {
  return extraAt;
}

/** Where it puts their corners. */
export function cornersPointer(): usize {
  return extraAt + 8 * <usize>mostTriangles;
}

/**
 * Finds the net of the region that the host has written.
 * @param error of merged vertices, in nm; 0 merges none
 * @returns whether there was room for all vertices
 */
export function findNet(isSmooth: bool, error: f64, nmX: f64, nmY: f64, nmZ: f64): bool {
  if (findVertices() === NONE) return false;
  relaxNet(isSmooth);
  mergeCells(error, nmX, nmY, nmZ);
  setTarget(sidesPointer(), cornersPointer(), mostTriangles, nmX, nmY, nmZ);
  return true;
}
