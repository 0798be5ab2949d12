export const HELP = `cofferdam runs untrusted JavaScript, TypeScript and WebAssembly on your own hardware.

  cofferdam up [folder]      run the scripts of a folder of YAML files (default ./examples) and serve the API
      --port <n>             port of the API (default 5900; ISOLATE_PORT)
      --host <address>       address of the API (default 127.0.0.1; ISOLATE_HOST)
      --data-dir <folder>    status, runs and modules are kept there (default ./.cofferdam)
      --allow-private <CIDR> a private range that scripts may reach where they name the host; may be repeated
      --secrets <folder>     <namespace>/<name>/<key> below it are files: the Secrets that scripts may name
      --demo, --no-demo      start the demo service (default: for a folder named examples)
      --driver <name>        how runners are started: process (default) or docker (docs/docker.md)
      --browser              scripts may have a browser: this machine's Chromium (docs/browser-pods.md)
      --runner-image <name>  with docker: the runner's image (default cofferdam-runner of this version)
      --docker-host <URL>    with docker: the engine's socket (default unix:///var/run/docker.sock; DOCKER_HOST)
      --allow-runc           with docker: do without gVisor where the engine has none
      --plain                lines of text instead of a live table

  cofferdam run <file>       run a .js, .ts or .yaml file now, on a running instance
      --input <json>         what the script reads as \`input\`
  cofferdam validate <file>  check a .yaml file, or a .js or .ts file on a running instance
  cofferdam typecheck <file...>  check the types of .js and .ts files, here, against what a sandbox offers
      --preset <name>        of a preset: minimal, compute, data, agent or web (default web)
      --profile <name>       in its place, of a profile: backend, agent or browser-test
      --capabilities <a,b>   beside the profile's: fetch, files, tests, browser, tools, console, crypto, encoding, timers
      --types <module=file>  declarations of a module that the code imports; may be repeated
  cofferdam host <script> [threads] [cpu_limit_ms] [memory_limit_mb]
                             run a .js or .ts file in Node, with V8Sandbox for workers (default 2, 500, 0: 512 MiB)
      --verbose, -v          say on standard error what happens to the workers
  cofferdam scripts          list the scripts of a running instance
  cofferdam version
  cofferdam help

run, validate and scripts talk to http://127.0.0.1:5900, or to --url; ISOLATE_AUTH_TOKEN is sent as the token.
`;
