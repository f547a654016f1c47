import { beforeEach, describe, expect, it } from "vitest";
import { Whep } from "../src/rtc/whep";

interface Asked {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly authorization: string;
}

class Connection {
  connectionState = "new";
  iceGatheringState = "complete";
  localDescription: { sdp: string } | null = null;
  remote: string | null = null;
  closed = false;
  readonly wanted: string[] = [];
  ontrack: ((event: { track: string }) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  addTransceiver(kind: string, { direction }: { direction: string }): void {
    this.wanted.push(`${kind} ${direction}`);
  }

  createOffer(): Promise<{ sdp: string }> {
    return Promise.resolve({ sdp: "offer" });
  }

  setLocalDescription(offer: { sdp: string }): Promise<void> {
    this.localDescription = offer;
    return Promise.resolve();
  }

  setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    if (this.closed) return Promise.reject(new Error("closed"));
    this.remote = sdp;
    return Promise.resolve();
  }

  close(): void {
    this.closed = true;
  }
}

let connection: Connection;
let asked: Asked[];
let answer: () => Promise<Response>;
let seen: unknown[];
let lost: number;

const created = (): Response => new Response("answer", { status: 201, headers: { Location: "/whep/r/session" } });

function player(): Whep {
  const request = (path: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>;
    asked.push({ path, method: init.method ?? "", body: init.body, authorization: headers["Authorization"] ?? "" });
    return init.method === "POST" ? answer() : Promise.resolve(new Response(null, { status: 200 }));
  };
  const deps = { connect: () => connection as unknown as RTCPeerConnection, request };
  return new Whep(
    deps,
    { room: "会 1", participant: "p&1", token: "t" },
    (track) => seen.push(track),
    () => {
      lost += 1;
    },
  );
}

beforeEach(() => {
  connection = new Connection();
  asked = [];
  seen = [];
  lost = 0;
  answer = () => Promise.resolve(created());
});

describe("the preview", () => {
  it("asks for one participant of a room and ends its session", async () => {
    const whep = player();
    await whep.start();
    expect(connection.wanted).toEqual(["video recvonly", "audio recvonly"]);
    expect(connection.remote).toBe("answer");
    connection.ontrack?.({ track: "picture" });
    expect(seen).toEqual(["picture"]);
    whep.close();
    whep.close();
    expect(connection.closed, "the session is ended before its connection").toBe(false);
    await new Promise((resolve) => setTimeout(resolve));
    expect(connection.closed).toBe(true);
    expect(asked).toEqual([
      { path: "/whep/%E4%BC%9A%201?participant=p%261", method: "POST", body: "offer", authorization: "Bearer t" },
      { path: "/whep/r/session", method: "DELETE", body: undefined, authorization: "Bearer t" },
    ]);
  });

  it("ends a session that was made after the page had closed it", async () => {
    let arrive: (response: Response) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    const whep = player();
    const started = whep.start();
    await new Promise((resolve) => setTimeout(resolve));
    whep.close();
    arrive(created());
    await started;
    expect(asked.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
    expect(connection.remote).toBeNull();
  });

  it("fails when it is refused, and leaves nothing to end", async () => {
    answer = () => Promise.resolve(new Response("{}", { status: 404 }));
    const whep = player();
    await expect(whep.start()).rejects.toThrow("404");
    whep.close();
    expect(asked).toHaveLength(1);
  });

  it("tells when the picture's path is lost", async () => {
    await player().start();
    connection.connectionState = "connected";
    connection.onconnectionstatechange?.();
    expect(lost).toBe(0);
    connection.connectionState = "failed";
    connection.onconnectionstatechange?.();
    expect(lost).toBe(1);
  });
});
