import { COLUMNS } from './columns.ts';
import { type Figures, type Measured, type RowResult, US } from './row.ts';

/** The goal of a row as figures, those that hang on a peer worked out; without the peer they are open. */
export function limitsOf({ row, measured }: RowResult): Figures {
  const { beyondPeer, rateOfPeer, ...figures } = row.goal;
  const peer = measured.find(({ subject }) => subject !== (row.us ?? US))?.milliseconds;
  if (peer === undefined) return figures;
  if (beyondPeer !== undefined) return { ...figures, milliseconds: peer + beyondPeer };
  return rateOfPeer === undefined ? figures : { ...figures, milliseconds: peer / rateOfPeer };
}

/** The names of the figures that are over their limit. */
export function missed(us: Figures, limits: Figures): readonly string[] {
  return COLUMNS.flatMap(({ figure, word }) => {
    const [value, limit] = [us[figure], limits[figure]];
    return value !== undefined && limit !== undefined && value > limit ? [word] : [];
  });
}

/** How many times as long as we another program took; undefined where one of both was not timed. */
export function timesOurs(us: Figures | undefined, other: Measured): number | undefined {
  if (us?.milliseconds === undefined || other.milliseconds === undefined) return undefined;
  return other.milliseconds / us.milliseconds;
}
