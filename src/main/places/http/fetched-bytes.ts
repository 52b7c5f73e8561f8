type Fetch = () => Promise<Uint8Array | undefined>;

/** Caches what was used last, up to a number of bytes. Simultaneous requests for the same key share one fetch. */
export class FetchedBytes {
  private readonly underWay = new Map<string, Promise<Uint8Array | undefined>>();
  private readonly kept = new Map<string, Uint8Array>();
  private keptBytes = 0;

  constructor(private readonly mostBytes: number) {}

  get(key: string, fetch: Fetch): Promise<Uint8Array | undefined> {
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known);
      return Promise.resolve(known);
    }
    let fetching = this.underWay.get(key);
    if (fetching === undefined) {
      fetching = this.fetch(key, fetch);
      this.underWay.set(key, fetching);
    }
    return fetching;
  }

  private async fetch(key: string, fetch: Fetch): Promise<Uint8Array | undefined> {
    try {
      const bytes = await fetch();
      if (bytes !== undefined && bytes.length <= this.mostBytes) this.keep(key, bytes);
      return bytes;
    } finally {
      this.underWay.delete(key);
    }
  }

  private keep(key: string, bytes: Uint8Array): void {
    this.kept.set(key, bytes);
    this.keptBytes += bytes.length;
    for (const [oldest, { length }] of this.kept) {
      if (this.keptBytes <= this.mostBytes) break;
      this.kept.delete(oldest);
      this.keptBytes -= length;
    }
  }
}
