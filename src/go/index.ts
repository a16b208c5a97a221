export { compileGoRegexp, type GoRegexp, GoRegexpError } from './regexp.ts';
