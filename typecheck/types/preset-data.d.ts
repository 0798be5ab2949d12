// Preset data: bytes, text and cryptography.
/// <reference path="./run.d.ts" />
/// <reference path="./console.d.ts" />
/// <reference path="./buffer.d.ts" />
/// <reference path="./encoding.d.ts" />
/// <reference path="./crypto.d.ts" />
