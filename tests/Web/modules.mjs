// The page's modules that are also C#, asked the same questions: one JSON object in (standard input), one out.
import fs from "node:fs";
import { binSpikes, countBins } from "../../web/Page/recording/binning.js";
import { planWindows } from "../../web/Page/recording/windowPlan.js";
import { matchUnits } from "../../web/Page/recording/unitMap.js";
import { readMetadata } from "../../web/Page/model/metadata.js";
import { TrialArray } from "../../web/Page/recording/trialArray.js";
import { findLatents } from "../../web/Page/analysis/latents.js";

const answers = {
  windows: (cases) => cases.map((c) => planWindows(c.bins, c.window, c.multiple, c.left, c.right, c.forward)),
  binning: ({ ids, times, ends, observed, endSeconds, widths }) => widths.map((width) => {
    const trains = { ids, times, ends, observed, endSeconds };
    return Array.from(binSpikes(trains, width, countBins(trains, width)).values, (value) => (Number.isNaN(value) ? null : value));
  }),
  units: (cases) => cases.map(({ units, file, model, policy }) => answerOrProblem(() => matchUnits(units, file, model, policy))),
  metadata: (paths) => paths.map((path) => answerOrProblem(() => readMetadata(fs.readFileSync(path)))),
  view: ({ bins, channels, values, stretches }) => {
    const array = new TrialArray(1, bins, channels, Float32Array.from(values, (value) => value ?? NaN)).summarizeAll();
    return stretches.map(({ from, to, columns }) => Array.from(array.view(0, from, to, columns), (value) => (Number.isNaN(value) ? null : value)));
  },
  latents: async ({ trials, bins, channels, rates, truth }) => {
    const found = await findLatents(new TrialArray(trials, bins, channels, Float32Array.from(rates)), truth ? new TrialArray(trials, bins, 3, Float32Array.from(truth)) : null);
    return { kind: found.kind, r2: found.r2, inferred: Array.from(found.inferred.values) };
  },
};

const { question, argument } = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(await answers[question](argument)));

function answerOrProblem(work) {
  try {
    return work();
  } catch (error) {
    return { problem: error.message };
  }
}
