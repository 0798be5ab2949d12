// Preset compute: the language and the console.
/// <reference path="./run.d.ts" />
/// <reference path="./console.d.ts" />
