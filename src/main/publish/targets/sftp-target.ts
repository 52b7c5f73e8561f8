import { SftpPlace, type SftpPlaceOptions } from '../../places/ssh/sftp-place';
import type { HostTarget, ManyFiles, OutgoingFile } from '../publish-target';
import type { TargetNaming } from '../target-naming';
import { sendByRsync, type Transfer } from './rsync-sender';

export interface SftpTargetOptions extends SftpPlaceOptions {
  readonly transfer: Transfer;
  readonly naming: TargetNaming;
  /** Web address of the folder. */
  readonly publicUrl: string | undefined;
}

/** A folder on a host that a web server serves. Many files are sent with rsync if it can be used. */
export class SftpTarget extends SftpPlace implements HostTarget {
  readonly naming: TargetNaming;
  readonly publicUrl: string | undefined;
  private readonly transfer: Transfer;

  constructor({ transfer, naming, publicUrl, ...options }: SftpTargetOptions) {
    super(options);
    this.transfer = transfer;
    this.naming = naming;
    this.publicUrl = publicUrl;
  }

  async sendMany(request: ManyFiles): Promise<readonly OutgoingFile[]> {
    const { transfer, folder, naming, runScript, leftovers } = this;
    const { way, hostKey, config } = await request.retry(() => this.connected());
    const { host, port, user, proxy } = config;
    // rsync makes no folders above the one that it is given.
    await request.retry(async () => this.makeFolder(await this.channel(), folder));
    return sendByRsync(request, {
      transfer,
      route: { host, port, user, way, hostKey, isDirect: proxy === undefined },
      folder,
      naming,
      runScript,
      leftovers,
      list: (retry) => this.list(retry),
    });
  }
}
