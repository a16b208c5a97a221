export { formatPlace, ManifestError, type Place, RulesError } from './errors.ts';
export type { ObjectName } from './finder.ts';
export { joinManifests } from './join.ts';
export {
  type ImageSite,
  type ManifestOptions,
  type ManifestProblem,
  type ParsedManifest,
  parseManifest,
} from './manifest.ts';
export type { ManifestFile } from './pieces.ts';
export { type ImageRules, NO_RULES, parseRules } from './rules.ts';
