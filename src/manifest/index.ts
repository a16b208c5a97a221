export { formatPlace, ManifestError, type Place, RulesError } from './errors.ts';
export type { ObjectName } from './finder.ts';
export { joinManifests } from './join.ts';
export { Lines } from './lines.ts';
export {
  type ImageSite,
  type ManifestOptions,
  type ManifestProblem,
  type ParsedManifest,
  parseManifest,
  type UnmatchedImage,
} from './manifest.ts';
export type { ManifestFile } from './pieces.ts';
export { type ItemFile, parseResourceList, type ResourceList } from './resource-list.ts';
export { addResults, failedList, type FunctionResult } from './resource-list-results.ts';
export { formatRule } from './rule-text.ts';
export { type ImageRules, NO_RULES, parseRules } from './rules.ts';
export { type JsonValue, type Node, YamlTree } from './tree.ts';
