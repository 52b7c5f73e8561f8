/** The programs that can run the parts of a job on several machines. */
export const SCHEDULERS = ['slurm', 'kubernetes', 'shell'] as const;
export type Scheduler = (typeof SCHEDULERS)[number];
