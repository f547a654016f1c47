import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "../ui/shared/theme.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RecordingsPage } from "../ui/recordings/RecordingsPage";
import { Frame } from "../ui/shared/Frame";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Frame dark={false}>
        <RecordingsPage />
      </Frame>
    </StrictMode>,
  );
}
