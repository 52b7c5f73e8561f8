import type { Prompt } from '../../shared/api/contract-types';

/** What is typed to answer the question of a host. Another question that takes its place doesn't get it. */
export class HostAnswer {
  private typed = $state.raw({ id: '', text: '' });

  /** @param prompt returns the question that is shown */
  constructor(private readonly prompt: () => Pick<Prompt, 'id'> | undefined) {}

  get text(): string {
    const { id, text } = this.typed;
    return id === this.prompt()?.id ? text : '';
  }

  set text(text: string) {
    this.typed = { id: this.prompt()?.id ?? '', text };
  }
}
