/** Runs asynchronous steps one after the other: a PeerConnection must not be negotiated twice at once. */
export class Serial {
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly failed: (error: unknown) => void) {}

  run(step: () => Promise<void>): void {
    this.tail = this.tail.then(step).catch((error: unknown) => {
      this.failed(error);
    });
  }

  /** Resolves when everything asked for so far is done. */
  idle(): Promise<void> {
    return this.tail;
  }
}
