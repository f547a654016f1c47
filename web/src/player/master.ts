/** The one clock that all tracks follow: where on the time line the recording is, at which speed. */
export class Master {
  private baseMs: number;
  private sinceMs = 0;
  private going = false;
  private speed = 1;

  constructor(atMs: number) {
    this.baseMs = atMs;
  }

  get rate(): number {
    return this.speed;
  }

  get running(): boolean {
    return this.going;
  }

  at(nowMs: number): number {
    return this.going ? this.baseMs + (nowMs - this.sinceMs) * this.speed : this.baseMs;
  }

  run(nowMs: number, running: boolean): void {
    this.seek(nowMs, this.at(nowMs));
    this.going = running;
  }

  seek(nowMs: number, atMs: number): void {
    this.baseMs = atMs;
    this.sinceMs = nowMs;
  }

  setRate(nowMs: number, rate: number): void {
    this.seek(nowMs, this.at(nowMs));
    this.speed = rate;
  }
}
