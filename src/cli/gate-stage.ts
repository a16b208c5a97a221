import { systemClock } from '../http/index.ts';
import { ContainerAnalysis, type GoogleApi } from '../google/index.ts';
import { runProcess } from '../process/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import type { GateStage } from '../reimage/index.ts';
import {
  CommandScanner,
  GrafeasScanner,
  parseIgnoreFile,
  parseOpenVex,
  Policy,
  reportWriter,
  ScanGate,
  type Scanner,
} from '../vulnerability/index.ts';
import { readText, replaceFile } from './files.ts';
import type { GateSettings } from './gate-options.ts';
import { VERSION } from './version.ts';

/** What the gate works with; `google` is called for scans of Google alone. */
export interface GateServices {
  readonly client: RegistryClient;
  readonly google: () => GoogleApi;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Reads the files of the gate and makes it. Throws for a file that cannot be read or is wrong. */
export async function createGateStage(settings: GateSettings, services: GateServices): Promise<GateStage> {
  throw new Error('later');
}
