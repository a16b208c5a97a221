import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './kubectl.ts';

/** A dashboard of Grafana, as far as ours use its schema. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly datasource?: DataSource;
  readonly query: string | { readonly query: string; readonly refId: string };
  readonly definition?: string;
  readonly regex?: string;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current: { readonly value?: string | readonly string[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly datasource?: DataSource;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly transformations?: readonly {
    readonly id: string;
    readonly options: {
      readonly excludeByName: Readonly<Record<string, boolean>>;
      readonly renameByName: Readonly<Record<string, string>>;
      readonly indexByName: Readonly<Record<string, number>>;
    };
  }[];
}

export interface DataSource {
  readonly type: string;
  readonly uid: string;
}

export interface Target {
  readonly refId: string;
  readonly datasource: DataSource;
  readonly expr: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly format?: string;
  readonly legendFormat?: string;
}

export const DASHBOARDS = ['adoption', 'images'] as const;
export type DashboardName = (typeof DASHBOARDS)[number];

const ALL = '$__all';

export async function readDashboard(name: DashboardName): Promise<Dashboard> {
  return JSON.parse(await readFile(join(ROOT, 'dashboards', `${name}.json`), 'utf8'));
}

/** The panels that ask something, by title. */
export function panelsOf({ panels }: Dashboard): ReadonlyMap<string, Panel> {
  return new Map(panels.filter(({ type }) => type !== 'row').map((panel) => [panel.title, panel]));
}

/** What a variable is set to when a dashboard opens, `options` being what its query found. */
export function firstValue(variable: Variable, options: readonly string[] = []): string | readonly string[] {
  const { current, type, query } = variable;
  if (type === 'textbox' && typeof query === 'string') return query;
  if (Array.isArray(current.value) && current.value.includes(ALL)) return variable.allValue ?? options;
  const wanted: readonly string[] = [current.value ?? []].flat();
  const known = wanted.filter((value) => options.includes(value));
  if (variable.multi) return known.length > 0 ? known : options.slice(0, 1);
  return known[0] ?? options[0] ?? '';
}

/** A query with values in place of its variables, as Grafana's data source for Prometheus writes them. */
export function interpolate(
  text: string,
  values: Readonly<Record<string, string | readonly string[]>>,
): string {
  return text.replaceAll(/\$(\w+)/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${whole} is no variable: ${text}`);
    return typeof value === 'string' ? value : `(${value.join('|')})`;
  });
}
