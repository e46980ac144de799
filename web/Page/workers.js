// Workers that are bound by the page's own content security policy.

/**
 * Starts a module in a worker. A worker that is loaded from an address has the policy its server sends, and a static host sends none;
 * one that is loaded from a blob inherits the page's, which forbids every connection but to the page's own host.
 * @param {string} path Relative to this file.
 * @param {string} name Shown by the browser's tools.
 */
export function startWorker(path, name) {
  const start = new Blob([`import ${JSON.stringify(new URL(path, import.meta.url).href)};`], { type: "text/javascript" });
  const address = URL.createObjectURL(start);
  const worker = new Worker(address, { type: "module", name });
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return worker;
}
