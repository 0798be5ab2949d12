// Preset web: the web platform.
/// <reference path="./preset-agent.d.ts" />
/// <reference path="./timers.d.ts" />
/// <reference path="./clone.d.ts" />
/// <reference path="./events.d.ts" />
/// <reference path="./platform.d.ts" />
/// <reference path="./performance.d.ts" />
/// <reference path="./blob.d.ts" />
/// <reference path="./files.d.ts" />
/// <reference path="./form.d.ts" />
/// <reference path="./reader.d.ts" />
/// <reference path="./channels.d.ts" />
/// <reference path="./streams.d.ts" />
/// <reference path="./websocket.d.ts" />
/// <reference path="./eventsource.d.ts" />
/// <reference path="./urlpattern.d.ts" />
