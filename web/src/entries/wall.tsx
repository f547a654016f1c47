import "../ui/wall/page.css";
import { createRoot } from "react-dom/client";
import { createKiosk, exposeKiosk } from "../app/wall-browser";
import { kioskLanguage } from "../ui/wall/kioskWords";
import { KioskPage } from "../ui/wall/KioskPage";
import { HTML_LANG } from "../i18n/language";

// A page that comes back from the browser's page cache has dead connections: start it afresh.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
window.addEventListener("contextmenu", (event) => {
  event.preventDefault();
});

const root = document.getElementById("root");
if (root) {
  const language = kioskLanguage(location.search, navigator.languages);
  document.documentElement.lang = HTML_LANG[language];
  const kiosk = createKiosk();
  exposeKiosk(kiosk);
  createRoot(root).render(<KioskPage kiosk={kiosk} language={language} />);
  kiosk.start();
}
