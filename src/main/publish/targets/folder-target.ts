import { runLocalScript } from '../../base/run-script';
import { FolderPlace } from '../../places/folder-place';
import type { HostTarget } from '../publish-target';
import type { TargetNaming } from '../target-naming';

export interface FolderTargetOptions {
  readonly folder: string;
  readonly naming: TargetNaming;
  /** Web address of the folder. */
  readonly publicUrl: string | undefined;
}

/** A local folder that a web server serves. */
export class FolderTarget extends FolderPlace implements HostTarget {
  readonly naming: TargetNaming;
  readonly publicUrl: string | undefined;
  readonly runScript = runLocalScript;

  constructor({ folder, naming, publicUrl }: FolderTargetOptions) {
    super(folder);
    this.naming = naming;
    this.publicUrl = publicUrl;
  }
}
