/** A value that tells when it changes. The smallest thing React's useSyncExternalStore can read. */
export class Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  };

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of [...this.listeners]) listener();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.value));
  }

  /** Replaces the named fields of a record. */
  patch(this: Store<T & object>, fields: Partial<T>): void {
    this.set({ ...this.get(), ...fields });
  }
}
