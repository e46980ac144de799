// Calls between the page and its workers: every call is one promise, and a worker may report on its way.

import { Problem } from "./problem.js";

/** @typedef {{onmessage: any, postMessage(message: any, transfer?: any): void}} Port A worker, its own end (self), or one end of a channel. */

/** What a method returns whose buffers are to be handed over, not copied. */
export class Transferred {
  /**
   * @param {any} value
   * @param {Transferable[]} buffers
   */
  constructor(value, buffers) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** The calling end. */
export class Caller {
  #port;
  #next = 0;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void}>} */
  #waiting = new Map();

  /**
   * @param {Worker | MessagePort} port
   * @param {(report: any) => void} [onReport] Receives what the other end reports between answers.
   */
  constructor(port, onReport = () => {}) {
    this.#port = port;
    port.onmessage = ({ data }) => (data.report === undefined ? this.#settle(data) : onReport(data.report));
    if (port instanceof Worker) {
      port.onerror = (event) => this.#failAll(new Error(event.message || "a part of this page could not be loaded"));
    }
  }

  /**
   * @param {string} method
   * @param {any} [argument] Anything that can be cloned.
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>} Rejected with a Problem where the other end threw one.
   */
  call(method, argument, transfer = []) {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ id, method, argument }, transfer);
    });
  }

  /** @param {{id: number, value?: any, problem?: string, error?: string}} answer */
  #settle({ id, value, problem, error }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (problem !== undefined) {
      waiting?.reject(new Problem(problem));
    } else if (error !== undefined) {
      waiting?.reject(new Error(error));
    } else {
      waiting?.resolve(value);
    }
  }

  /** @param {Error} error */
  #failAll(error) {
    for (const { reject } of this.#waiting.values()) {
      reject(error);
    }
    this.#waiting.clear();
  }
}

/**
 * The answering end.
 * @param {Port} port
 * @param {Record<string, (argument: any) => any>} methods
 */
export function answer(port, methods) {
  port.onmessage = async (/** @type {MessageEvent} */ { data: { id, method, argument } }) => {
    try {
      const value = await methods[method](argument);
      const [plain, buffers] = value instanceof Transferred ? [value.value, value.buffers] : [value, []];
      port.postMessage({ id, value: plain }, buffers);
    } catch (error) {
      port.postMessage(error instanceof Problem ? { id, problem: error.message } : { id, error: String(error?.message ?? error) });
    }
  };
}

/**
 * Says something to the calling end between answers.
 * @param {Port} port
 * @param {any} what
 */
export const report = (port, what) => port.postMessage({ report: what });
