import { createTheme, Drawer, Menu, Modal, NativeSelect, Tooltip } from "@mantine/core";

/** The colours themselves are in theme.css: nothing may be written into a <style> element (CSP `style-src 'self'`). */
export const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily: "var(--hs-font)",
  components: {
    // Locking the page's scroll writes a <style> element.
    Modal: Modal.extend({ defaultProps: { lockScroll: false, centered: true, radius: "lg" } }),
    Drawer: Drawer.extend({ defaultProps: { lockScroll: false } }),
    Menu: Menu.extend({ defaultProps: { radius: "md", shadow: "lg" } }),
    NativeSelect: NativeSelect.extend({ defaultProps: { size: "md" } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 400, withArrow: true, events: { hover: true, focus: true, touch: false } } }),
  },
});
