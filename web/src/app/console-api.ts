import type { Wall, WallBoard } from "../protocol/generated";
import { readActs, readDisplay, readDisplays, readScene, readScenes, readVersions } from "./console-read";
import type { Act, Display, Displays, Scene } from "./console-read";
import { call, record, text } from "./rest";

export type { Act, Display, Displays, Scene } from "./console-read";

const id = encodeURIComponent;
const ACTS_AT_ONCE = 50;

/** A host's calls about the walls of one room; `credential` gives what it shows now. Every failure is an ApiError. */
export class ConsoleApi {
  private readonly base: string;

  constructor(
    room: string,
    private readonly credential: () => string,
  ) {
    this.base = `/api/v1/rooms/${id(room)}`;
  }

  async displays(): Promise<Displays> {
    return readDisplays(await this.ask("GET", "/walls"));
  }

  /** Confirms the code that a new display shows. */
  async pair(code: string, name: string): Promise<Display> {
    return readDisplay(await this.ask("POST", "/walls", { code, name }));
  }

  async rename(wall: string, name: string): Promise<void> {
    await this.ask("PATCH", `/walls/${id(wall)}`, { name });
  }

  /** The display is shown out and needs a new code. */
  async revoke(wall: string): Promise<void> {
    await this.ask("DELETE", `/walls/${id(wall)}`);
  }

  async scenes(): Promise<Scene[]> {
    return readScenes(await this.ask("GET", "/scenes"));
  }

  /** Saves what `wall` shows as a new scene. */
  async saveScene(name: string, wall: Wall): Promise<Scene> {
    return readScene(await this.ask("POST", "/scenes", { name, board: wall.board }));
  }

  /** A new scene from an exported file. */
  async importScene({ name, board }: Pick<Scene, "name" | "board">): Promise<Scene> {
    return readScene(await this.ask("POST", "/scenes", { name, board }));
  }

  /** A new version of a scene; `scene.version` must still be the newest. */
  async changeScene(scene: Pick<Scene, "id" | "name" | "version">, board: WallBoard): Promise<Scene> {
    const { name, version } = scene;
    return readScene(await this.ask("PUT", `/scenes/${id(scene.id)}`, { name, board, version }));
  }

  async removeScene(scene: string): Promise<void> {
    await this.ask("DELETE", `/scenes/${id(scene)}`);
  }

  /** As it was at each saving, newest first. */
  async versions(scene: string): Promise<Scene[]> {
    return readVersions(await this.ask("GET", `/scenes/${id(scene)}/versions`));
  }

  async exportScene(scene: string): Promise<string> {
    return JSON.stringify(await this.ask("GET", `/scenes/${id(scene)}/export`), null, 2);
  }

  async raise(identity: string, words: string): Promise<string> {
    return text(record(await this.ask("POST", "/alarms", { identity, text: words }))["id"]);
  }

  async clear(alarm: string): Promise<void> {
    await this.ask("DELETE", `/alarms/${id(alarm)}`);
  }

  /** What was done at the walls, newest first; `before`: older than this act. */
  async acts(before: string | null): Promise<{ readonly acts: readonly Act[]; readonly next: string | null }> {
    const older = before === null ? "" : `&before=${id(before)}`;
    return readActs(await this.ask("GET", `/wall-acts?limit=${String(ACTS_AT_ONCE)}${older}`), ACTS_AT_ONCE);
  }

  private ask(method: string, path: string, body?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return call(method, `${this.base}${path}`, this.credential(), body);
  }
}
