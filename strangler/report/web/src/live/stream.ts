// The gateway this page comes from: its report, what it tells every second, and the orders it takes.

import { signal } from "@preact/signals";
import type { MigrationRecord } from "../data/document";
import type { Look, Timed } from "./look";

/** The last two looks, the newer one first; empty when the page is a file. */
export const looks = signal<readonly Timed[]>([]);
/** What the gateway has told of the migration last; null before, and in a file. */
export const record = signal<MigrationRecord | null>(null);
/** Why nothing new comes; "" while it does. */
export const trouble = signal("");

const KEY = "token";
const AGAIN = 3000;

export function token(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

/** The packed document; throws with the reason when the token is not the right one. */
export async function fetched(shown: string): Promise<string> {
  const answer = await asked("report/data", shown);
  sessionStorage.setItem(KEY, shown);
  return answer.text();
}

/** Follows the gateway until the page is closed. */
export async function follow(): Promise<never> {
  for (;;) {
    try {
      const { body } = await asked("report/events", token());
      await read(body!);
      trouble.value = "the gateway has ended the stream";
    } catch (error) {
      trouble.value = error instanceof Error ? error.message : String(error);
    }
    await new Promise((done) => setTimeout(done, AGAIN));
  }
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const events = (text + part.value).split("\n\n");
    text = events.pop()!;
    const last = events.at(-1);
    if (!last) continue;
    const look = JSON.parse(last.slice("data: ".length)) as Look;
    for (const event of events) record.value = (JSON.parse(event.slice("data: ".length)) as Look).migration ?? record.peek();
    looks.value = [{ look, at: performance.now() }, ...looks.peek().slice(0, 1)];
    trouble.value = "";
  }
}

/** Gives an order, to all gateways where that can be; what came of it. Throws with the reason when it was refused. */
export async function order(path: "shift" | "rollback", body: object): Promise<string> {
  if (!looks.peek()[0]?.look.fleet) {
    await asked(path, token(), body);
    return "this gateway has confirmed";
  }
  const { gateways } = (await (await asked(`report/${path}`, token(), body)).json()) as { gateways: string[] };
  return `${gateways.join(", ")} confirmed, and strangler.toml says so`;
}

async function asked(path: string, shown: string, body?: object): Promise<Response> {
  const headers = { Authorization: `Bearer ${shown}` };
  const answer = await fetch(`/${path}`, body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers });
  if (answer.ok) return answer;
  const { error, remedy } = (await answer.json().catch(() => ({ error: `status ${answer.status}` }))) as { error: string; remedy?: string };
  throw new Error(remedy ? `${error}: ${remedy}` : error);
}
