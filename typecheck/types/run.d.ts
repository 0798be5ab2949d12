/** The JSON that the run was given as its input. A script may declare a variable of this name. */
declare const input: any;
/** The JSON that the run was given as its environment; the input where only that was given. */
declare const env: any;
