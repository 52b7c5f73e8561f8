import { voxelView } from '../../../shared/base/data-type';
import { InvalidInputError, isStudioError } from '../../../shared/base/errors';
import type { Vec3 } from '../../../shared/base/vec3';
import { packedStrides } from '../array/array-axes';
import type { ChunkedArray, DecodedChunk } from '../array/chunked-source';
import { decodeSnappy } from '../array/decode-snappy';
import { lookAtFile } from '../array/random-bytes';
import { openContainer, type Container } from '../containers/container';

/** How cubes are stored: greys of 8 bits as they are, or labels of 64 bits compressed with Snappy within a zip archive. */
export type CubeKind = 'raw' | 'seg.sz.zip';

/** The edge of a cube in voxels. */
export const CUBE_EDGE = 128;
const CUBE_VOXELS = CUBE_EDGE ** 3;

/** Returns the name of the folder of cubes along an axis, such as x0012. */
function numbered(axis: string, cube: number): string {
  return `${axis}${String(cube).padStart(4, '0')}`;
}

/**
 * Reads the cubes of a magnification, `x0000/y0000/z0000/NAME_x0000_y0000_z0000.raw`. In a cube x is the fastest axis. A
 * missing cube counts as zeros. The axes of the array are x, y, z.
 */
export class KnossosCubes implements ChunkedArray {
  readonly chunkShape = [CUBE_EDGE, CUBE_EDGE, CUBE_EDGE];
  readonly dataType;

  /**
   * @param path the folder of the magnification
   * @param name what the names of files begin with
   * @param shape the size in voxels
   */
  constructor(
    private readonly container: Container,
    private readonly path: string,
    private readonly name: string,
    private readonly kind: CubeKind,
    readonly shape: Vec3,
  ) {
    this.dataType = kind === 'raw' ? ('uint8' as const) : ('uint64' as const);
  }

  async readChunk([x = 0, y = 0, z = 0]: readonly number[]): Promise<DecodedChunk | undefined> {
    const folders = [numbered('x', x), numbered('y', y), numbered('z', z)];
    const key = [this.path, ...folders, `${this.name}_${folders.join('_')}.${this.kind}`]
      .filter((part) => part !== '')
      .join('/');
    if ((await this.container.size(key)) === undefined) return undefined;
    const bytes = this.kind === 'raw' ? await this.grey(key) : await this.labels(key);
    const data = voxelView(this.dataType, bytes.buffer, 0, CUBE_VOXELS);
    return { data, shape: this.chunkShape, strides: packedStrides(this.chunkShape, 'F') };
  }

  close(): Promise<void> {
    return this.container.close();
  }

  private async grey(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = Uint8Array.from((await this.container.get(key)) ?? []);
    if (bytes.length === CUBE_VOXELS) return bytes;
    throw this.damaged(key, `it has ${bytes.length} bytes, not ${CUBE_VOXELS}`);
  }

  private async labels(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = this.container.place(key);
    const packed = await openContainer({ kind: 'zip', file: await lookAtFile(path) }, async (zip) => {
      const [entry = ''] = await zip.files('');
      return (await zip.get(entry).finally(() => zip.close())) ?? new Uint8Array(0);
    });
    try {
      return decodeSnappy(packed, 8 * CUBE_VOXELS);
    } catch (error) {
      throw isStudioError(error) ? this.damaged(key, error.message) : error;
    }
  }

  private damaged(key: string, what: string): InvalidInputError {
    return new InvalidInputError(
      `${this.container.place(key)} is not a cube of ${CUBE_EDGE}³ voxels: ${what}.`,
      {
        remedy: 'The file is cut off or damaged: copy it again from the original.',
      },
    );
  }
}
