// A model and a recording, and the two workers that hold them: what is chosen is loaded, smoothed and told step by step.

import { Caller } from "../calls.js";
import { readMetadata } from "../model/metadata.js";
import { Problem } from "../problem.js";
import { startWorker } from "../workers.js";

/**
 * @typedef {object} Listener What is told on the way; nothing of a choice that was overtaken by another.
 * @property {(words: string) => void} status
 * @property {(words: string) => void} problem One line.
 * @property {(metadata: import("../model/metadata.js").ModelMetadata, name: string) => void} model
 * @property {(loaded: any) => void} loaded
 * @property {(done: number, bins: number) => void} progress
 * @property {(result: any) => void} smoothed
 * @property {(latents: any) => void} latents
 */

/** @typedef {{array: string | null, units: string, binMs: number | null}} Choices */

export class Session {
  #listener;
  #choices;
  #model = new Caller(startWorker("model/worker.js", "model"));
  #recording;
  #run = 0;
  /** @type {{name: string, metadata: import("../model/metadata.js").ModelMetadata, sha256: string} | null} */
  #modelFile = null;
  /** @type {{name: string, bytes: number, format: string} | null} */
  #recordingFile = null;

  /**
   * @param {Listener} listener
   * @param {() => Choices} choices
   */
  constructor(listener, choices) {
    this.#listener = listener;
    this.#choices = choices;
    this.#recording = new Caller(startWorker("recording/worker.js", "recording"), ({ done, bins }) => this.#listener.progress(done, bins));
    const { port1, port2 } = new MessageChannel();
    this.#model.call("connect", port1, [port1]);
    this.#recording.call("connect", port2, [port2]);
  }

  /** @returns {MessagePort} For whoever draws: asks the recording's worker what a stretch looks like. */
  openViews() {
    const { port1, port2 } = new MessageChannel();
    this.#recording.call("show", port1, [port1]);
    return port2;
  }

  /** @param {File} file */
  openModel(file) {
    return this.#step(`Loading ${file.name} …`, file.name, async () => {
      this.#modelFile = null;
      const bytes = new Uint8Array(await file.arrayBuffer());
      const metadata = readMetadata(bytes);
      const sha256 = await hashOf(bytes);
      await this.#recording.call("stop");
      await this.#model.call("open", { model: bytes, heldIn: metadata.heldInUnits }, [bytes.buffer]);
      this.#modelFile = { name: file.name, metadata, sha256 };
      this.#listener.model(metadata, file.name);
    });
  }

  /** @param {File} file */
  openRecording(file) {
    return this.#step(`Reading ${file.name} …`, file.name, async () => {
      this.#recordingFile = null;
      const { format } = await this.#recording.call("open", file);
      this.#recordingFile = { name: file.name, bytes: file.size, format };
    });
  }

  /** Loads and smooths what is chosen, once there are a model and a recording. */
  async start() {
    const [model, recording] = [this.#modelFile, this.#recordingFile];
    if (model === null || recording === null) {
      const lacking = model === null && recording === null ? "" : model === null ? "Now choose a model." : "Now choose a recording.";
      return this.#listener.status(lacking);
    }
    await this.#step(`Reading ${recording.name} …`, recording.name, async (isCurrent) => {
      const loaded = await this.#recording.call("load", { metadata: model.metadata, ...this.#choices() });
      if (isCurrent()) {
        this.#listener.loaded({ ...loaded, ...recording, metadata: model.metadata });
        this.#listener.status("Smoothing …");
        await this.#smooth(isCurrent);
      }
    });
  }

  /** @param {() => boolean} isCurrent */
  async #smooth(isCurrent) {
    const result = await this.#recording.call("smooth");
    if (result === null || !isCurrent()) {
      return;
    }
    this.#listener.smoothed(result);
    const latents = await this.#recording.call("latents");
    if (isCurrent()) {
      this.#listener.latents(latents);
    }
  }

  /**
   * @param {"h5" | "rates" | "latents"} kind HDF5 with both, or one of them as CSV.
   * @returns {Promise<{blob: Blob, name: string}>}
   */
  async download(kind) {
    const [model, recording] = [this.#modelFile, this.#recordingFile];
    const provenance = {
      made_by: "unet-spikes web page",
      model: { path: model?.name, sha256: model?.sha256, architecture: model?.metadata.architecture, training_data_sha256: model?.metadata.trainingDataSha256, created_by: model?.metadata.createdBy },
      input: { path: recording?.name, bytes: recording?.bytes },
      options: this.#choices(),
    };
    const blob = await this.#recording.call("download", { kind, provenance });
    return { blob, name: `${recording?.name.replace(/\.[^.]*$/, "")}.${kind === "h5" ? "rates.h5" : `${kind}.csv`}` };
  }

  /**
   * One step of the way; what overtakes it makes its outcome of no interest.
   * @param {string} words
   * @param {string} where The file, for messages.
   * @param {(isCurrent: () => boolean) => Promise<void>} work
   */
  async #step(words, where, work) {
    const run = ++this.#run;
    const isCurrent = () => run === this.#run;
    this.#listener.status(words);
    try {
      await work(isCurrent);
    } catch (error) {
      if (isCurrent()) {
        this.#listener.problem(error instanceof Problem ? `${where}: ${error.message}` : `${where}: this page could not go on: ${error.message}`);
      }
      return false;
    }
    return isCurrent();
  }
}

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<string>} Lower-case hex; "unknown" where the browser gives no hashes (pages that come over plain HTTP from another machine).
 */
async function hashOf(bytes) {
  const digest = await crypto.subtle?.digest("SHA-256", /** @type {BufferSource} */ (bytes));
  return digest === undefined ? "unknown" : Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
