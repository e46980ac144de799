// The graphics processor's session against the processor's, on the example; a browser without WebGPU says so.
export default async function (page) {
  return page.evaluate(async () => {
    const { openOnWasm, openOnWebGpu } = await import("./model/runtimes.js");
    if (!("Suspending" in WebAssembly) || !("gpu" in navigator) || await navigator.gpu.requestAdapter() === null) {
      return { hasWebGpu: false };
    }
    const model = new Uint8Array(await (await fetch("demo/lorenz_unet.onnx")).arrayBuffer());
    const counts = Float32Array.from({ length: 2 * 97 * 29 }, (_, i) => (i * 7919) % 11 === 0 ? 1 + (i % 3) : 0);
    const rates = [];
    for (const session of [await openOnWasm(model), await openOnWebGpu(model)]) {
      const output = await session.run({ spikes: new session.Tensor("float32", counts, [2, 97, 29]) }, ["rates"]);
      rates.push(Array.from(await output.rates.getData()));
    }
    return { hasWebGpu: true, values: rates[0].length, largest: Math.max(...rates[0]), difference: Math.max(...rates[0].map((rate, i) => Math.abs(rate - rates[1][i]))) };
  });
}
