import assert from 'node:assert/strict';
import { after, before, describe, test, type TestContext } from 'node:test';
import { eventually } from '../support/eventually.ts';
import { type Prometheus, type ScrapeJob, startPrometheus } from '../support/prometheus.ts';
import { findTool, requireTool } from '../support/tools.ts';
import {
  type Dashboard,
  DASHBOARDS,
  firstValue,
  interpolate,
  panelsOf,
  readDashboard,
  type Variable,
} from './dashboard.ts';
import { type Answer, ANSWERS } from './dashboard-answers.ts';
import { DashboardWorld } from './dashboard-world.ts';

const CHOSEN = 'namespace_label';
/** More than two scrapes, even of a machine under load. */
const RATE_INTERVAL = '10s';
/** Series that each job must have before and after the change, and how many. */
const BEFORE = { 'container_image_tag_changes_total == 0': 7 };
const AFTER = {
  'container_image_tag_changes_total == 1': 1,
  'container_image_lookup_status{reason="not_found"}': 2,
  'sum by (job, code) (rate(container_image_exporter_registry_requests_total[10s]))': 2,
};

interface Setting {
  readonly title: string;
  readonly jobs: readonly string[];
  readonly honor: boolean;
  readonly namespaceLabels: readonly string[];
}

const SETTINGS = [
  {
    title: 'as it is set up at first',
    jobs: ['exporter'],
    honor: false,
    namespaceLabels: ['exported_namespace', 'namespace'],
  },
  { title: 'with honor_labels', jobs: ['exporter'], honor: true, namespaceLabels: ['namespace'] },
] as const satisfies readonly Setting[];

/** As while one exporter takes over from another: Prometheus holds the series of both for a moment. */
const TAKING_OVER: Setting = {
  title: 'from two exporters at once',
  jobs: ['old', 'new'],
  honor: false,
  namespaceLabels: ['exported_namespace', 'namespace'],
};

describe('every query of the dashboards, answered by Prometheus', async () => {
  const dashboards = await Promise.all(
    DASHBOARDS.map(async (name) => ({ name, ...(await readDashboard(name)) })),
  );
  const prometheuses = new Map<string, Prometheus>();
  let world: DashboardWorld | undefined;
  before(async () => {
    const program = await findTool('prometheus');
    if (program === undefined) return;
    const running = await DashboardWorld.start();
    world = running;
    await Promise.all(
      [...SETTINGS, TAKING_OVER].map(async (setting) => {
        prometheuses.set(setting.title, await startPrometheus(program, jobsOf(setting, running)));
      }),
    );
    const all = async (series: Readonly<Record<string, number>>): Promise<void> => {
      await Promise.all(
        [...SETTINGS, TAKING_OVER].map(({ title, jobs }) =>
          settled(prometheuses.get(title), jobs.length, series),
        ),
      );
    };
    // A change is one only for those who saw what was before.
    await all(BEFORE);
    await running.change();
    await all(AFTER);
  });
  after(async () => {
    for (const prometheus of prometheuses.values()) await prometheus[Symbol.asyncDispose]();
    await world?.[Symbol.asyncDispose]();
  });
  const require = async (
    t: TestContext,
    { title }: Setting,
  ): Promise<{ readonly prometheus: Prometheus; readonly world: DashboardWorld } | undefined> => {
    if ((await requireTool(t, 'prometheus')) === undefined) return undefined;
    const prometheus = prometheuses.get(title);
    assert.ok(prometheus && world);
    return { prometheus, world };
  };

  for (const { name, ...dashboard } of dashboards) {
    test(`${name}: there is an answer to compare for each panel`, () => {
      assert.deepEqual(Object.keys(ANSWERS[name]).toSorted(), [...panelsOf(dashboard).keys()].toSorted());
    });

    for (const setting of SETTINGS) {
      test(`${name}, ${setting.title}: the namespace label finds itself, and Pods are chosen or not`, async (t) => {
        const found = await require(t, setting);
        if (!found) return;
        const values = await variablesOf(dashboard, found.prometheus);
        const all = ['CronJob', 'DaemonSet', 'Deployment', 'StatefulSet'];
        assert.equal(values[CHOSEN], setting.namespaceLabels[0]);
        assert.deepEqual(values['kind'], name === 'adoption' ? all : '.*');
        const namespaces = dashboard.templating.list.find((variable) => variable.name === CHOSEN);
        assert.ok(namespaces);
        assert.deepEqual(await optionsOf(namespaces, found.prometheus), setting.namespaceLabels);
      });

      for (const [title, panel] of panelsOf(dashboard)) {
        test(`${name}, ${setting.title}: ${title}`, async (t) => {
          const found = await require(t, setting);
          const answer = ANSWERS[name][title];
          const target = panel.targets?.[0];
          if (!found) return;
          assert.ok(answer && target);
          const values = await variablesOf(dashboard, found.prometheus);
          const expr = interpolate(target.expr, values);
          assert.deepEqual(await rowsOf(expr, answer, found), expected(answer, found.world));
          if (target.range) assert.equal(await rangeOf(expr, found.prometheus), answer.rows.length);
        });
      }
    }

    for (const setting of [...SETTINGS, TAKING_OVER]) {
      test(`${name}, ${setting.title}: no query fails, whichever the namespace label`, async (t) => {
        const found = await require(t, setting);
        if (!found) return;
        const values = await variablesOf(dashboard, found.prometheus);
        for (const label of setting.namespaceLabels) {
          for (const { targets = [], title } of panelsOf(dashboard).values()) {
            for (const { expr } of targets) {
              const samples = await found.prometheus.query(interpolate(expr, { ...values, [CHOSEN]: label }));
              assert.ok(samples.length > 0, title);
            }
          }
        }
      });
    }
  }

  test('two exporters at once do not count twice', async (t) => {
    const found = await require(t, TAKING_OVER);
    const images = dashboards.find(({ name }) => name === 'images');
    if (!found) return;
    assert.ok(images);
    const values = await variablesOf(images, found.prometheus);
    const counts = [
      'Cannot be looked up',
      'Older than $days days',
      'Containers',
      'Image references',
      'Digests',
    ];
    for (const title of [
      ...counts,
      'Containers by namespace',
      'References by look-up',
      'References by registry',
    ]) {
      const answer = ANSWERS.images[title];
      assert.ok(answer);
      const expr: string = panelsOf(images).get(title)?.targets?.[0]?.expr ?? '';
      assert.deepEqual(
        await rowsOf(interpolate(expr, values), answer, found),
        expected(answer, found.world),
        title,
      );
    }
  });
});

function jobsOf({ jobs, honor }: Setting, { exporter }: DashboardWorld): ScrapeJob[] {
  const { host } = new URL(exporter.metricsUrl);
  // As discovery in a cluster sets it: of the exporter's own Pod.
  const labels = { namespace: 'container-image-exporter' };
  return jobs.map((job) => ({
    job_name: job,
    honor_labels: honor,
    static_configs: [{ targets: [host], labels: { ...labels, instance: jobs.length > 1 ? job : host } }],
  }));
}

async function settled(
  prometheus: Prometheus | undefined,
  jobs: number,
  series: Readonly<Record<string, number>>,
): Promise<void> {
  await eventually(async () => {
    for (const [query, count] of Object.entries(series)) {
      const complete = await prometheus?.query(`count(count by (job) (${query}) == ${count})`);
      assert.equal(complete?.[0]?.value, jobs, query);
    }
  });
}

/** Every variable as it is when the dashboard opens. */
async function variablesOf(
  { templating }: Dashboard,
  prometheus: Prometheus,
): Promise<Readonly<Record<string, string | readonly string[]>>> {
  const values = await Promise.all(
    templating.list.map(async (variable) => {
      const options = variable.type === 'query' ? await optionsOf(variable, prometheus) : [];
      return [variable.name, firstValue(variable, options)] as const;
    }),
  );
  return { ...Object.fromEntries(values), __rate_interval: RATE_INTERVAL };
}

/** What a variable may be, sorted, as Grafana asks for it. */
async function optionsOf({ definition = '', regex = '' }: Variable, { url }: Prometheus): Promise<string[]> {
  const [, family, label] = /^label_(?:values|names)\((\w+)(?:, (\w+))?\)$/.exec(definition) ?? [];
  assert.ok(family, definition);
  const path = label === undefined ? 'labels' : `label/${label}/values`;
  const answer = await fetch(`${url}/api/v1/${path}?match[]=${family}`);
  const { data }: { data: readonly string[] } = JSON.parse(await answer.text());
  const pattern = new RegExp(/^\/(.*)\/$/.exec(regex)?.[1] ?? regex);
  return data.filter((value) => pattern.test(value)).toSorted();
}

async function rowsOf(
  expr: string,
  { value: write = String }: Answer,
  { prometheus, world }: { readonly prometheus: Prometheus; readonly world: DashboardWorld },
): Promise<string[]> {
  const { registry, exporter, names } = world;
  const samples = await prometheus.query(expr);
  return samples
    .map(({ labels, value }) => {
      const named = Object.entries(labels).map(
        ([name, text]) => [name.replace(/^exported_/, ''), text] as const,
      );
      const texts = named.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => names.get(text) ?? text);
      return [...texts, write(value)].join(' ');
    })
    .map((row) =>
      row.replaceAll(registry.host, 'HOST').replace(new URL(exporter.metricsUrl).host, 'EXPORTER'),
    )
    .toSorted();
}

function expected({ rows }: Answer, world: DashboardWorld): string[] {
  return rows
    .map((row) => row.replace(/SIZE (\S+)/, (_, path: string) => String(world.sizeOf(path))))
    .toSorted();
}

/** How many series a range of two seconds has. */
async function rangeOf(query: string, { url }: Prometheus): Promise<number> {
  const end = Date.now() / 1000;
  const body = new URLSearchParams({ query, start: String(end - 1), end: String(end), step: '1' });
  const answer = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body });
  const { status, error, data }: RangeAnswer = JSON.parse(await answer.text());
  assert.equal(status, 'success', error);
  return data?.result.length ?? 0;
}

interface RangeAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] };
}
