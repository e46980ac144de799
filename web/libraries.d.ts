// The libraries, at the addresses the page has for them.
declare module "*/lib/onnxruntime/ort.wasm.min.mjs" {
  export * from "onnxruntime-web";
}

declare module "*/lib/onnxruntime/ort.jspi.min.mjs" {
  export * from "onnxruntime-web";
}

declare module "*/lib/h5wasm/hdf5_hl.js" {
  const h5wasm: any;
  export const FS: any;
  export const Module: any;
  export default h5wasm;
}

interface Navigator {
  readonly gpu: { requestAdapter(): Promise<{ info: { isFallbackAdapter: boolean } } | null> };
}
