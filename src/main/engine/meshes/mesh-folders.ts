/** The folders in which the stages of a meshing store data for later stages. It is JSON. */
export interface MeshFolders {
  /** The folder that the dataset's new files are written to. */
  readonly root: string;
  readonly scratch: string;
  /** Pieces of the blocks (piece-file.ts), by block number. */
  readonly pieces: string;
  /** Lists of the labels that were meshed (mesh-labels.ts), by batch number. */
  readonly lists: string;
}
