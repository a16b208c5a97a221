import type { ObjectType } from '../kubernetes/workloads.ts';

/**
 * Writes the line of a rules file that finds a JSONPath in the objects of a type. It has neither double quotes nor, for
 * the names that Kubernetes allows, backslashes, so that it can be copied from a log, whose texts are escaped.
 */
export function formatRule({ kind, apiVersion }: ObjectType, jsonPath: string): string {
  return `- {kind: ${quote(exactly(kind))}, apiVersion: ${quote(exactly(apiVersion))}, imageJSONP: [${quote(jsonPath)}]}`;
}

function exactly(text: string): string {
  return `^${text.replace(/[.*+?(){}|$[\]]/g, '[$&]').replace(/[\\^]/g, '\\$&')}$`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
