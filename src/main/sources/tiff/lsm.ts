import { vec3, type Vec3 } from '../../../shared/base/vec3';
import { geometry } from '../array/geometry';
import { TAG, type PageTags } from './page-tags';

const MARKS = [0x00300494c, 0x00400494c];
/** Three 64-bit floats, in metres. */
const VOXEL_SIZE_AT = 40;
const NANOMETRES = 1e9;

/**
 * Returns the size of a voxel from the structure CZ_LSMINFO that Zeiss' LSM files have in a tag of their first page, or
 * undefined if there is none.
 *
 * Source: tifffile's CZ_LSMINFO, after Zeiss' "LSM 5/7 image file format" (2009)
 */
export function lsmVoxelSize(tags: PageTags, littleEndian: boolean): Vec3 | undefined {
  if (!tags.has(TAG.lsm)) return undefined;
  const info = Uint8Array.from(tags.list(TAG.lsm));
  const view = new DataView(info.buffer);
  if (info.length < VOXEL_SIZE_AT + 24 || !MARKS.includes(view.getUint32(0, littleEndian))) return undefined;
  return geometry(vec3((axis) => view.getFloat64(VOXEL_SIZE_AT + 8 * axis, littleEndian) * NANOMETRES))
    .resolutionNm;
}
