import { generatorSteps } from './generators.ts';
import { runSteps } from './steps.ts';

process.exitCode = (await runSteps(generatorSteps([]))) ? 0 : 1;
