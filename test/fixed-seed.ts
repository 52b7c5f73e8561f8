import fc from 'fast-check';

/** Property tests use the same cases each time. The variable PRECOMPUTED_STUDIO_SEED selects others. */
fc.configureGlobal({ seed: Number(process.env['PRECOMPUTED_STUDIO_SEED'] ?? 1) });
