// ONNX Runtime in two builds: WebAssembly alone, and with WebGPU. The second is loaded only where there is such a device.

const folder = new URL("../lib/onnxruntime/", import.meta.url).href;

const cores = navigator.hardwareConcurrency || 1;

/**
 * Where this page is cross-origin isolated, memory is shared and threads are allowed. More than four bring little for 1-D convolutions, and one core is left
 * to the workers that take the rates and draw: on two cores, two threads smoothed more slowly than one (docs/web.md).
 */
const threads = globalThis.crossOriginIsolated ? Math.min(4, Math.max(1, cores - 1)) : 1;

/** Names the processor's runtime for people. */
export const wasmName = `WebAssembly, ${threads} ${threads === 1 ? "thread" : "threads"}`;

/**
 * @param {Uint8Array} model
 * @returns {Promise<any>} An InferenceSession on the processor.
 */
export async function openOnWasm(model) {
  return open(await import("../lib/onnxruntime/ort.wasm.min.mjs"), model, "wasm");
}

/** Whether this browser has a WebGPU device, not one in software, and what its build of ONNX Runtime needs (JavaScript Promise Integration). */
export async function hasWebGpu() {
  const adapter = "Suspending" in WebAssembly && "gpu" in navigator ? await navigator.gpu.requestAdapter().catch(() => null) : null;
  return adapter !== null && !adapter.info.isFallbackAdapter;
}

/**
 * @param {Uint8Array} model
 * @returns {Promise<any>} An InferenceSession on the graphics processor.
 */
export async function openOnWebGpu(model) {
  return open(await import("../lib/onnxruntime/ort.jspi.min.mjs"), model, "webgpu");
}

/**
 * @param {any} runtime The module of a build.
 * @param {Uint8Array} model
 * @param {string} provider
 */
function open(runtime, model, provider) {
  runtime.env.wasm.wasmPaths = folder;
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = "error";
  return runtime.InferenceSession.create(model, { executionProviders: [provider], graphOptimizationLevel: "all", logSeverityLevel: 3 })
    .then((/** @type {any} */ session) => Object.assign(session, { Tensor: runtime.Tensor }));
}
