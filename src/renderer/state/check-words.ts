import type { OwnWay } from '../../shared/api/publish-types';

/** The app's way to solve each problem that a check finds. */
export const OWN_WAYS: Readonly<Record<OwnWay, string>> = {
  'set-up-bucket': 'Publish shows these settings of the bucket and changes them with your consent.',
  nginx: 'Publish shows the whole configuration for nginx.',
  unzip:
    'Or edit the target, choose “Unzipped, for any web server” under “How files are stored”, and publish again with “Remove them” checked.',
  'other-viewer': 'Or choose another viewer for links, at the top of Publish.',
  'remove-stale': 'Publish again with “Remove them” checked.',
  'look-at-all': 'The command `check --all` does.',
};
