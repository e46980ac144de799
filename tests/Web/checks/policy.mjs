// Whether the page's policy lets anything out: from the page itself, and from a worker as the page starts them.
export default async function (page) {
  return page.evaluate(async (elsewhere) => {
    const fromPage = await fetch(elsewhere, { mode: "no-cors" }).then(() => "sent", () => "refused");
    const source = `fetch(${JSON.stringify(elsewhere)}, { mode: "no-cors" }).then(() => postMessage("sent"), () => postMessage("refused"));`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    const fromWorker = await new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
    return { fromPage, fromWorker };
  }, "http://localhost:9/elsewhere");
}
