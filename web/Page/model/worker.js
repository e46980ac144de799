// The worker that runs the model: counts in, rates and latents out. It is asked by the worker that holds the recording, through a port of their own.

import { answer, Transferred } from "../calls.js";
import { Problem } from "../problem.js";
import { hasWebGpu, openOnWasm, openOnWebGpu, wasmName } from "./runtimes.js";

/** Rates of two devices may differ by this much, relative to 1 + the rate: float32 summed in another order over a few thousand terms. */
const agreement = 1e-4;

/** With fewer batches to go, the processor is done before the graphics processor has compiled its programs. */
const worthTrying = 16;

/**
 * @typedef {object} OpenModel
 * @property {Uint8Array} bytes
 * @property {number} heldIn Units whose counts go in.
 * @property {string} device For people.
 * @property {any} session What runs it.
 * @property {any} candidate A session that is still to show that it computes the same, and faster; null = none, or none yet.
 * @property {boolean} isSought Whether a candidate was looked for.
 */

/** @typedef {{rates: Float32Array, latents: Float32Array | null}} Outputs [batch, bin, unit] and [batch, bin, dimension], forward bins included; null = the model gives none. */

/** @type {OpenModel | null} */
let model = null;
let last = Promise.resolve();

/**
 * One thing after the other: a model is not taken away under a run.
 * @template A
 * @param {(argument: A) => Promise<any>} work
 * @returns {(argument: A) => Promise<any>}
 */
const inTurn = (work) => (argument) => {
  const done = last.then(() => work(argument));
  last = done.catch(() => {});
  return done;
};

answer(self, {
  open: inTurn(open),

  /** @param {MessagePort} port */
  connect(port) {
    answer(port, { run: inTurn(run) });
  },
});

/** @param {{model: Uint8Array, heldIn: number}} what */
async function open({ model: bytes, heldIn }) {
  await model?.session.release();
  await model?.candidate?.release();
  model = null;
  const session = await openOnWasm(bytes).catch(refuse);
  if (!session.inputNames.includes("spikes") || !session.outputNames.includes("rates")) {
    throw new Problem(`has inputs ${session.inputNames} and outputs ${session.outputNames}, expected spikes and rates`);
  }
  model = { bytes, heldIn, device: wasmName, session, candidate: null, isSought: false };
}

/**
 * Runs a batch.
 * @param {object} input
 * @param {Float32Array} input.counts [batch, bin, held-in unit].
 * @param {number} input.batch
 * @param {number} input.bins
 * @param {number} input.left Batches still to come.
 */
async function run({ counts, batch, bins, left }) {
  if (model === null) {
    throw new Problem("no model is loaded");
  }
  const shape = [batch, bins, model.heldIn];
  if (left >= worthTrying && !model.isSought) {
    model.isSought = true;
    seekCandidate(model); // Not waited for: the processor goes on meanwhile.
  }
  if (model.candidate !== null) {
    await compare(model, counts, shape);
  }
  const { rates, latents } = await outputsOf(model.session, counts, shape);
  return new Transferred({ rates, latents, device: model.device }, latents === null ? [rates.buffer] : [rates.buffer, latents.buffer]);
}

/** @param {OpenModel} of */
async function seekCandidate(of) {
  const session = await hasWebGpu() ? await openOnWebGpu(of.bytes).catch(() => null) : null;
  if (of === model) {
    of.candidate = session;
  } else {
    session?.release();
  }
}

/**
 * Takes the graphics processor where it gives the same rates in less time; its first run, which compiles, is not timed.
 * @param {OpenModel} of
 * @param {Float32Array} counts
 * @param {number[]} shape
 */
async function compare(of, counts, shape) {
  const { candidate, session } = of;
  of.candidate = null;
  try {
    await outputsOf(candidate, counts, shape);
    const [fast, there] = await timed(() => outputsOf(candidate, counts, shape));
    const [slow, here] = await timed(() => outputsOf(session, counts, shape));
    if (fast < slow && here.rates.every((rate, i) => Math.abs(rate - there.rates[i]) <= agreement * (1 + Math.abs(rate)))) {
      Object.assign(of, { session: candidate, device: "WebGPU" });
      return await session.release();
    }
  } catch {
    // A device that fails is a device that is not there: the processor does it.
  }
  await candidate.release().catch(() => {});
}

/**
 * @param {any} session
 * @param {Float32Array} counts
 * @param {number[]} shape
 * @returns {Promise<Outputs>}
 */
async function outputsOf(session, counts, shape) {
  const spikes = new session.Tensor("float32", counts, shape);
  const { rates, latents = null } = await session.run({ spikes }, session.outputNames.filter((/** @type {string} */ name) => name === "rates" || name === "latents"));
  return { rates: await taken(rates), latents: latents && await taken(latents) };
}

/** @param {any} tensor Its values, not shared with the runtime. */
async function taken(tensor) {
  const values = new Float32Array(await tensor.getData());
  tensor.dispose();
  return values;
}

/**
 * @param {() => Promise<Outputs>} work
 * @returns {Promise<[ms: number, outputs: Outputs]>}
 */
async function timed(work) {
  const start = performance.now();
  const outputs = await work();
  return [performance.now() - start, outputs];
}

/** @param {Error} error */
function refuse(error) {
  throw new Problem(`is not a model that ONNX Runtime can run: ${error.message.split("\n")[0]}`);
}
