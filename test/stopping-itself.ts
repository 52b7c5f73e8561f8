/**
 * Loaded into the process before its own code. A signal from outside could arrive too late, after all tasks are done.
 */
const STOPPER = `
  import { isMainThread } from 'node:worker_threads';
  const { STOP_SIGNAL, STOP_AFTER_TASKS, STOP_DELAY_MS } = process.env;
  if (isMainThread) {
    const write = process.stdout.write.bind(process.stdout);
    const stop = () => process.kill(process.pid, STOP_SIGNAL);
    let left = Number(STOP_AFTER_TASKS);
    process.stdout.write = (line) => {
      write(line);
      const { event } = JSON.parse(line);
      if (event === 'task-done') left--;
      if (left === 0 && (event === 'started' || event === 'task-done')) {
        // Only once, as a process that has stood still goes on.
        left = -1;
        if (STOP_DELAY_MS === '0') stop();
        else setTimeout(stop, Number(STOP_DELAY_MS));
      }
      return true;
    };
  }
`;

/**
 * Returns the environment in which a command that prints its events (`--json`) sends a signal to itself once it reports
 * that so many tasks are done, and `delayMs` later. With 0 tasks, it does so once it reports that it has started.
 */
export function stoppingItself(
  signal: 'SIGKILL' | 'SIGINT' | 'SIGTERM' | 'SIGSTOP',
  tasks: number,
  delayMs = 0,
): NodeJS.ProcessEnv {
  return {
    ...process.env,
    STOP_SIGNAL: signal,
    STOP_AFTER_TASKS: String(tasks),
    STOP_DELAY_MS: String(delayMs),
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(STOPPER)}`,
  };
}
