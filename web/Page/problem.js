/** What the user can put right: a file, a model or a choice that does not fit. Its message is the one line the page shows. */
export class Problem extends Error {}
