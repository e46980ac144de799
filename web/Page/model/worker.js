// The worker that runs the model: counts in, rates out. It is asked by the worker that holds the recording, through a port of their own.

import { answer, Transferred } from "../calls.js";
import { Problem } from "../problem.js";
import { hasWebGpu, openOnWasm, openOnWebGpu, wasmName } from "./runtimes.js";

/** Rates of two devices may differ by this much, relative to 1 + the rate: float32 summed in another order over a few thousand terms. */
const agreement = 1e-4;

/** @type {{name: string, session: any} | null} */
let chosen = null;
/** @type {any} A session that is still to show that it computes the same, and faster. */
let candidate = null;
let channels = 0;
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

/** @param {{model: Uint8Array, channels: number}} what */
async function open(what) {
  await close();
  channels = what.channels;
  chosen = { name: wasmName, session: await openOnWasm(what.model).catch(refuse) };
  requireShape(chosen.session);
  candidate = await hasWebGpu() ? await openOnWebGpu(what.model).catch(() => null) : null;
}

/**
 * Runs a batch.
 * @param {{counts: Float32Array, batch: number, bins: number}} input counts: [batch, bin, channel].
 */
async function run({ counts, batch, bins }) {
  if (chosen === null) {
    throw new Problem("no model is loaded");
  }
  if (candidate !== null) {
    await compare(counts, [batch, bins, channels]);
  }
  const rates = await ratesOf(chosen.session, counts, [batch, bins, channels]);
  return new Transferred({ rates, device: chosen.name }, [rates.buffer]);
}

/**
 * Takes the graphics processor where it gives the same rates in less time; its first run, which compiles, is not timed.
 * @param {Float32Array} counts
 * @param {number[]} shape
 */
async function compare(counts, shape) {
  const session = candidate;
  candidate = null;
  try {
    await ratesOf(session, counts, shape);
    const [fast, there] = await timed(() => ratesOf(session, counts, shape));
    const [slow, here] = await timed(() => ratesOf(chosen?.session, counts, shape));
    const agrees = here.every((rate, i) => Math.abs(rate - there[i]) <= agreement * (1 + Math.abs(rate)));
    if (agrees && fast < slow) {
      await chosen?.session.release();
      chosen = { name: "WebGPU", session };
      return;
    }
  } catch {
    // A device that fails is a device that is not there: the processor does it.
  }
  await session.release?.();
}

/**
 * @param {any} session
 * @param {Float32Array} counts
 * @param {number[]} shape
 * @returns {Promise<Float32Array>} [batch, bin, channel], not shared with the runtime.
 */
async function ratesOf(session, counts, shape) {
  const spikes = new session.Tensor("float32", counts, shape);
  const { rates } = await session.run({ spikes }, ["rates"]);
  const values = new Float32Array(await rates.getData());
  rates.dispose();
  return values;
}

/**
 * @param {() => Promise<Float32Array>} work
 * @returns {Promise<[ms: number, rates: Float32Array]>}
 */
async function timed(work) {
  const start = performance.now();
  const rates = await work();
  return [performance.now() - start, rates];
}

/** @param {any} session */
function requireShape(session) {
  if (!session.inputNames.includes("spikes") || !session.outputNames.includes("rates")) {
    throw new Problem(`has inputs ${session.inputNames} and outputs ${session.outputNames}, expected spikes and rates`);
  }
}

/** @param {Error} error */
function refuse(error) {
  throw new Problem(`is not a model that ONNX Runtime can run: ${error.message.split("\n")[0]}`);
}

async function close() {
  await chosen?.session.release();
  await candidate?.release();
  chosen = candidate = null;
}
