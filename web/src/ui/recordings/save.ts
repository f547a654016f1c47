/** Lets the browser download an address, by its own means: nothing of a file of gigabytes passes through the page. */
export function save(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
