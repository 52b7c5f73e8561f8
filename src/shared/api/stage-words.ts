/** Returns the work of an engine stage in words for users. */
export function stageWords(stage: string): string {
  if (stage === 'components') return 'Finding components';
  if (stage === 'component-ids') return 'Joining components';
  if (stage === 'volume') return 'Writing the volume';
  if (stage === 'mesh-blocks') return 'Finding surfaces';
  if (stage === 'mesh-labels') return 'Writing meshes';
  if (stage === 'verify') return 'Checking every chunk';
  if (stage === 'export') return 'Exporting';
  return 'Making coarser scales';
}
