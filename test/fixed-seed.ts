import fc from 'fast-check';

/** Properties are tried with the same cases each time; the variable PRECOMPUTED_STUDIO_SEED gives others. */
fc.configureGlobal({ seed: Number(process.env['PRECOMPUTED_STUDIO_SEED'] ?? 1) });
