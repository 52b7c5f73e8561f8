/** Where the stages of a meshing leave what the next one needs. JSON. */
export interface MeshFolders {
  /** The folder that the dataset's new files are written to. */
  readonly root: string;
  readonly scratch: string;
  /** Objects of the blocks (piece-file.ts), by the number of the block. */
  readonly pieces: string;
  /** Lists of the labels that were meshed (mesh-labels.ts), by the number of the batch. */
  readonly lists: string;
}
