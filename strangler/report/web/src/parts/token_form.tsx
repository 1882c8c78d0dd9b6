// The page of the gateway shows nothing before the token.

import { useState } from "preact/hooks";
import { fetched, token } from "../live/stream";

export function TokenForm({ open }: { open: (packed: string) => Promise<void> }) {
  const [said, setSaid] = useState("");
  const submit = (shown: string) => {
    setSaid("Reading …");
    fetched(shown).then(open).catch((error: unknown) => setSaid(error instanceof Error ? error.message : String(error)));
  };
  return (
    <main class="page"><h1>strangler</h1>
      <form class="tools" onSubmit={(event) => { event.preventDefault(); submit(String(new FormData(event.currentTarget).get("token"))); }}>
        <label>Token of the admin API <input type="password" name="token" required autocomplete="off" defaultValue={token()} /></label> <button>Show the report</button></form>
      <p class="soft">The token of a reader is enough. It is kept until this tab is closed.</p>
      <p role="alert">{said}</p></main>
  );
}
