export { compileGoRegexp, type GoRegexp, GoRegexpError } from './regexp.ts';
export {
  compileTemplate,
  type Template,
  type TemplateData,
  TemplateError,
  type TemplateOptions,
} from './template.ts';
export { Float32, goJson, type GoJsonValue } from './json.ts';
