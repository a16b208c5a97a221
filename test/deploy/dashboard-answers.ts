import type { DashboardName } from './dashboard.ts';

/** What a panel shows of the cluster of `DashboardWorld`. */
export interface Answer {
  /** Label values in the order of their names, then the value; in any order. */
  readonly rows: readonly string[];
  /** How the value is written; as it is when not given. */
  readonly value?: (value: number) => string;
}

/** For what depends on the machine: that there is a value at all. */
function some(value: number): string {
  return value >= 0 ? 'some' : String(value);
}

function days(seconds: number): string {
  return `${Math.floor(seconds / 86_400)} days`;
}

function since(seconds: number): string {
  return Number.isNaN(seconds) ? 'never' : some(seconds);
}

/** By dashboard and title of the panel, with each variable as it is at first; `SIZE path` stands for the image's size. */
export const ANSWERS: Readonly<Record<DashboardName, Readonly<Record<string, Answer>>>> = {
  adoption: {
    Containers: { rows: [String((100 * 2) / 7)] },
    'Share over time': { rows: [String((100 * 2) / 7)] },
    'By namespace': { rows: ['data 50', 'ops 0', 'shop 50'] },
    'By value of the label': { rows: ['nginx 1', 'postgres 1'] },
    'Without it': {
      rows: [
        'HOST/team/cache:1 Deployment web shop 1',
        'HOST/team/leaving:1 DaemonSet agent ops 1',
        'HOST/team/missing:1 Deployment broken ops 1',
        'HOST/team/moving:1 DaemonSet agent ops 1',
        'HOST/team/report:1 CronJob report data 1',
      ],
    },
    'With it': {
      rows: [
        'HOST/team/store:1 StatefulSet store data postgres 1',
        'HOST/team/web:1 Deployment web shop nginx 1',
      ],
    },
    'Containers by source': { rows: ['https://a 1', 'https://annotation 1', 'https://b 1'] },
    'Containers by title': { rows: ['cache 1', 'nginx 1'] },
  },
  images: {
    'Cannot be looked up': { rows: ['2'] },
    'Older than $days days': { rows: ['3'] },
    'Tags moved in 24 hours': { rows: ['1'] },
    Containers: { rows: ['11'] },
    'Image references': { rows: ['7'] },
    Digests: { rows: ['6'] },
    'Images that cannot be looked up': {
      rows: ['HOST/team/leaving:1 not_found some', 'HOST/team/missing:1 not_found never'],
      value: since,
    },
    'Who uses them': {
      rows: [
        'HOST/team/leaving:1 DaemonSet agent ops not_found 1',
        'HOST/team/missing:1 Deployment broken ops not_found 1',
      ],
    },
    'Images older than $days days': {
      rows: [
        'DIGEST team/cache HOST/team/cache:1 100 days',
        'DIGEST team/leaving HOST/team/leaving:1 200 days',
        'DIGEST team/store HOST/team/store:1 400 days',
      ],
      value: days,
    },
    'Largest images': {
      rows: ['cache', 'leaving', 'moving', 'report', 'store', 'web'].map(
        (name) => `DIGEST team/${name} HOST/team/${name}:1 SIZE team/${name}`,
      ),
    },
    'Tags that moved in 24 hours': { rows: ['HOST/team/moving:1 1'] },
    'References by registry': { rows: ['HOST 7'] },
    'Containers by namespace': { rows: ['data 2', 'ops 3', 'shop 6'] },
    'References by look-up': { rows: ['not_found 2', 'ok 5'] },
    'Registry requests': { rows: ['200 HOST some', '404 HOST some'], value: some },
    'Pulls left': { rows: ['HOST 900'] },
    'Look-up lag': { rows: ['some'], value: some },
    Memory: { rows: ['EXPORTER some'], value: some },
  },
};
