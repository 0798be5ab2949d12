// Preset agent: data, URLs and fetch.
/// <reference path="./preset-data.d.ts" />
/// <reference path="./exception.d.ts" />
/// <reference path="./abort.d.ts" />
/// <reference path="./url.d.ts" />
/// <reference path="./fetch.d.ts" />
