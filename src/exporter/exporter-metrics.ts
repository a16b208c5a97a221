import { ProcessMetrics, type ProcessSource, type Section } from '../exposition/index.ts';
import { ImageSeries } from './image-series.ts';
import { type BuildInfo, SelfMetrics } from './self-metrics.ts';

/** Everything that a scrape tells. */
export class ExporterMetrics {
  readonly images: ImageSeries;
  readonly self: SelfMetrics;
  readonly #process: ProcessMetrics;

  constructor(build: BuildInfo, source: ProcessSource) {
    const self = new SelfMetrics(build);
    const images = new ImageSeries({
      onDropped: (family, count, reason) => self.seriesDropped.add({ family, reason }, count),
    });
    self.onCollect(() => {
      for (const [family, count] of images.seriesByFamily()) self.series.set({ family }, count);
    });
    this.images = images;
    this.self = self;
    this.#process = new ProcessMetrics(source);
  }

  /** All families as they are at this moment. */
  sections(): readonly Section[] {
    return [...this.images.sections(), ...this.self.sections(), ...this.#process.sections()];
  }
}
