import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FAMILIES } from '../../src/exporter/families.ts';
import { type Dashboard, DASHBOARDS, type Panel, panelsOf, readDashboard } from './dashboard.ts';
import { ROOT } from './kubectl.ts';
import { strangers } from './metric-names.ts';

/** Grafana has its grid in columns, and reads these older schemas by migrating them. */
const COLUMNS = 24;
const SCHEMAS = { oldest: 39, newest: 41 };
const TYPES = ['row', 'stat', 'gauge', 'bargauge', 'timeseries', 'table'];
const UNITS = [undefined, 'short', 'percent', 's', 'bytes', 'reqps'];
const SOURCE = { type: 'prometheus', uid: '${datasource}' };
/** What Grafana knows without a variable. */
const BUILT_IN = ['__rate_interval'];

for (const name of DASHBOARDS) {
  describe(`dashboards/${name}.json`, async () => {
    const dashboard = await readDashboard(name);
    const { panels, templating } = dashboard;

    test('is of a schema that Grafana 11 and 12 read', () => {
      assert.ok(dashboard.schemaVersion >= SCHEMAS.oldest && dashboard.schemaVersion <= SCHEMAS.newest);
      assert.match(dashboard.uid, /^[\w-]{1,40}$/);
      assert.deepEqual(
        panels.filter(({ type }) => !TYPES.includes(type)),
        [],
      );
      assert.deepEqual(
        panels.filter(({ fieldConfig }) => !UNITS.includes(fieldConfig?.defaults.unit)),
        [],
      );
    });

    test('has each id and title once', () => {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
      assert.equal(panelsOf(dashboard).size, panels.filter(({ type }) => type !== 'row').length);
    });

    test('has no two panels in one place, none beyond the edge, and no hole', () => {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of panels) {
        for (const cell of cells(gridPos)) {
          assert.equal(taken.get(cell), undefined, `${title} lies on ${taken.get(cell)}`);
          taken.set(cell, title);
        }
        assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= COLUMNS, title);
      }
      const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
      assert.equal(taken.size, COLUMNS * height);
    });

    test('takes all from the data source that is chosen', () => {
      const [first, ...others] = templating.list;
      assert.deepEqual([first?.name, first?.type, first?.query], ['datasource', 'datasource', 'prometheus']);
      for (const variable of others.filter(({ type }) => type === 'query')) {
        assert.deepEqual(variable.datasource, SOURCE, variable.name);
        assert.deepEqual(variable.query, { query: variable.definition, refId: variable.name });
      }
      for (const panel of panelsOf(dashboard).values()) {
        assert.deepEqual(panel.datasource, SOURCE);
        assert.deepEqual(
          panel.targets?.map(({ refId, datasource }) => [refId, datasource]),
          [['A', SOURCE]],
          panel.title,
        );
      }
    });

    test('asks for ranges where time is an axis, else for the present; for tables where there is one', () => {
      for (const { title, type, targets } of panelsOf(dashboard).values()) {
        const [target] = targets ?? [];
        const series = type === 'timeseries';
        assert.deepEqual([target?.range, target?.instant], [series, !series], title);
        assert.equal(target?.format, type === 'table' ? 'table' : undefined, title);
      }
    });

    test('names no variable that it does not have, and has none in vain', () => {
      const known = templating.list.map((variable) => variable.name);
      const used = new Set(JSON.stringify({ panels, templating }).match(/(?<=\$\{?)[a-z_]\w*(?!\()/g));
      assert.deepEqual(
        [...used].toSorted(),
        [
          ...known,
          ...BUILT_IN.filter((each) => used.has(each)),
          ...(used.has('__all') ? ['__all'] : []),
        ].toSorted(),
      );
    });

    test('names no family that the exporter does not have', async () => {
      assert.deepEqual(
        strangers(await readFile(join(ROOT, `dashboards/${name}.json`), 'utf8'), FAMILIES),
        [],
      );
    });

    test('names and orders every column of its tables', () => {
      for (const panel of panelsOf(dashboard).values()) if (panel.type === 'table') assertColumns(panel);
    });
  });
}

test('no two dashboards have one uid or title', async () => {
  const all: Dashboard[] = await Promise.all(DASHBOARDS.map(readDashboard));
  assert.equal(new Set(all.map(({ uid }) => uid)).size, all.length);
  assert.equal(new Set(all.map(({ title }) => title)).size, all.length);
});

function assertColumns({ title, targets, transformations = [] }: Panel): void {
  const [organize] = transformations;
  assert.equal(organize?.id, 'organize', title);
  const { excludeByName, renameByName, indexByName } = organize.options;
  const expr = targets?.[0]?.expr ?? '';
  const grouped = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
  const labels = grouped.flatMap((label) =>
    label === '$namespace_label' ? ['exported_namespace', 'namespace'] : [label],
  );
  const shown = [...labels, ...(excludeByName['Value'] ? [] : ['Value'])];
  assert.deepEqual(Object.keys(renameByName).toSorted(), shown.toSorted(), title);
  assert.deepEqual(Object.keys(indexByName).toSorted(), shown.toSorted(), title);
  assert.equal(excludeByName['Time'], true, title);
}

function cells({ x, y, w, h }: Panel['gridPos']): string[] {
  return Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`);
}
