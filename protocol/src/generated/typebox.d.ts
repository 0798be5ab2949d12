export { Type } from 'typebox';
export { Compile } from 'typebox/compile';
export { Clean, Convert } from 'typebox/value';
