/** Who pulls an image, as far as that decides with which credentials; one frozen value per distinct content. */
export interface Puller {
  readonly namespace: string;
  /** Names of the pull secrets in the object's own pod spec. */
  readonly secrets: readonly string[];
  /** Whose pull secrets count where the pod spec has none; undefined for Pods, into which admission copied them. */
  readonly serviceAccount: string | undefined;
}

/** One image in a workload. */
export interface ContainerImage {
  /** The container (or image volume), as the Go program writes it: `{.spec.template.spec.containers[0]}`. */
  readonly jsonpath: string;
  /** As written. */
  readonly image: string;
}

/** All that is kept of an object of the cluster. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly puller: Puller;
  /** In the order init containers, containers, ephemeral containers, image volumes; possibly none. */
  readonly images: readonly ContainerImage[];
}
