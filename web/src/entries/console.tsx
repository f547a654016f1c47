import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../ui/shared/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ConsolePage } from "../ui/console/ConsolePage";
import { Frame } from "../ui/shared/Frame";

// A page that comes back from the browser's page cache has dead connections: start it afresh on the same seat.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// Another room's link in the same tab changes only the fragment, which loads nothing by itself.
window.addEventListener("hashchange", () => {
  location.reload();
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Frame dark>
        <ConsolePage />
      </Frame>
    </StrictMode>,
  );
}
