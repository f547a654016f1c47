import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../ui/shared/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Frame } from "../ui/shared/Frame";
import { SourcesPage } from "../ui/sources/SourcesPage";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Frame dark={false}>
        <SourcesPage />
      </Frame>
    </StrictMode>,
  );
}
