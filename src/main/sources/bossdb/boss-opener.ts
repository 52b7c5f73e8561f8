import { BugError } from '../../../shared/base/errors';
import type { SourceOpener } from '../source-opener';
import type { SourceHandle } from '../volume-source';
import { isBossAddress, parseBossAddress } from './boss-address';
import { describeChannel } from './boss-channel';
import { BossDocuments } from './boss-documents';
import { BossSource, type BossHandle } from './boss-source';
import { bossToken } from './boss-token';

/** Opens a channel of a BossDB server, at its base resolution or at the level that the address or `dataset` names. */
export const bossOpener: SourceOpener = {
  format: 'bossdb',
  title: 'the address of a BossDB channel',
  recognises: ({ path }) => isBossAddress(path),
  async open({ path }, options) {
    const address = parseBossAddress(path);
    const token = await bossToken(address.server);
    const level = await describeChannel(new BossDocuments(address, `Token ${token}`), address, options);
    return new BossSource({ format: 'bossdb', address, level }, token);
  },
  async reopen(handle) {
    if (!isBossHandle(handle)) throw new BugError('not a handle of a BossDB channel');
    return new BossSource(handle, await bossToken(handle.address.server));
  },
};

function isBossHandle(handle: SourceHandle): handle is BossHandle {
  return handle.format === 'bossdb' && typeof handle['level'] === 'object';
}
