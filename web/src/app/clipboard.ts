/** True when the text is in the clipboard. Pages without TLS have no clipboard interface, only the old command. */
export async function copyText(text: string): Promise<boolean> {
  const clipboard = (navigator as Partial<Navigator>).clipboard;
  if (clipboard) {
    return clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.append(area);
  area.select();
  // Deprecated, but nothing else exists on a page without TLS.
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
