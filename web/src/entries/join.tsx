import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../ui/shared/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { roomOf, takeToken } from "../app/address";
import { createLocal } from "../app/entrance";
import { JoinApp } from "../ui/join/JoinApp";
import { Frame } from "../ui/shared/Frame";

// A page that comes back from the browser's page cache has dead connections: start it afresh on the same seat.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// A second invitation pasted into the same tab changes only the fragment, which loads nothing by itself.
window.addEventListener("hashchange", () => {
  location.reload();
});

const root = document.getElementById("root");
const room = roomOf(location.pathname);
if (root) {
  const token = room === null ? null : takeToken(room, location, history, sessionStorage);
  createRoot(root).render(
    <StrictMode>
      <Frame dark>
        <JoinApp room={room ?? ""} token={token} local={createLocal()} />
      </Frame>
    </StrictMode>,
  );
}
