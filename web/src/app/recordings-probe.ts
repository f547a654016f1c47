import type { Verdict } from "../player/conductor";
import type { Tickets } from "./recordings-tickets";

/**
 * Why a file does not play: an element only says that it does not. The first byte is asked for; when the ticket was too
 * old it is renewed, and "expired" says that it is worth another try.
 */
export async function diagnose(tickets: Tickets, segment: string): Promise<Verdict> {
  const status = await firstByte(tickets, segment);
  if (status === 401 || status === 403) {
    await tickets.renew();
    const again = await firstByte(tickets, segment);
    return again === 401 || again === 403 ? "refused" : "expired";
  }
  if (status === null || status >= 500 || status === 429) return "network";
  return status >= 400 ? "missing" : "codec";
}

async function firstByte(tickets: Tickets, segment: string): Promise<number | null> {
  const address = tickets.addressOf(segment);
  if (!address) return null;
  const response = await fetch(address.url, { headers: { Range: "bytes=0-0" }, cache: "no-store" }).catch(() => null);
  void response?.body?.cancel();
  return response?.status ?? null;
}
