const SCRIPT = /<script[^>]*\ssrc="([^"]+)"/;
const LEAST_MS = 60_000;
const KEY = "huishang.wall.reloaded";

export interface RenewDeps {
  /** The page as the server has it now. */
  readonly fetchPage: () => Promise<string>;
  /** The script that runs here. */
  readonly running: string | null;
  readonly storage: Storage;
  readonly nowMs: () => number;
  readonly reload: () => void;
}

/** Loads the page anew when the server has another one: a wall has no hand to press the key. */
export class Renewal {
  constructor(private readonly deps: RenewDeps) {}

  /** After each return of the server. A server that cannot be asked has no newer page. */
  async check(): Promise<void> {
    const page = await this.deps.fetchPage().catch(() => "");
    const script = SCRIPT.exec(page)?.[1] ?? null;
    if (script !== null && this.deps.running !== null && script !== this.deps.running) this.reload();
  }

  /** At most once a minute: a page that is refused again and again must not spin. */
  reload(): void {
    const { storage, nowMs, reload } = this.deps;
    if (nowMs() - Number(storage.getItem(KEY) ?? 0) < LEAST_MS) return;
    storage.setItem(KEY, String(nowMs()));
    reload();
  }
}

export function browserRenewal(): Renewal {
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
  return new Renewal({
    fetchPage: async () => {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      return answer.ok ? answer.text() : "";
    },
    running: script?.getAttribute("src") ?? null,
    storage: sessionStorage,
    nowMs: () => Date.now(),
    reload: () => {
      location.reload();
    },
  });
}
