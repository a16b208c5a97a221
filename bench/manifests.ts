/** Manifests of 60 Deployments with two containers each, whose images are 30 in turn. */
export function sixtyDeployments(image: (index: number) => string): string {
  const documents = Array.from({ length: 60 }, (_, index) => {
    const [first, second] = [image((2 * index) % 30), image((2 * index + 1) % 30)];
    return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}
spec:
  template:
    spec:
      containers:
      - name: app
        image: "${first}"
      - name: sidecar
        image: ${second}
`;
  });
  return documents.join('---\n');
}

/** A Pod for each image. */
export function pods(images: readonly string[]): string {
  return images
    .map(
      (image, index) =>
        `---\nkind: Pod\napiVersion: v1\nmetadata: {name: p${index}}\nspec:\n  containers:\n  - {name: a, image: "${image}"}\n`,
    )
    .join('');
}

/** 5,000 Deployments with three containers each, as `helm template` prints them: 8.2 MB. */
export function fiveThousandDeployments(): string {
  const variables = Array.from(
    { length: 14 },
    (_, index) =>
      `        - name: VAR_${index}\n          value: "some value ${index} of middling length, quoted"\n`,
  ).join('');
  const documents = Array.from(
    { length: 5000 },
    (_, index) => `# Source: chart/templates/app-${index}.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${index}   # the app
spec:
  template:
    spec:
      initContainers:
      - name: init
        image: ${exampleImage(index * 3)}
      containers:
      - name: app
        image: "${exampleImage(index * 3 + 1)}"
        env:
${variables}      - name: sidecar
        image: ${exampleImage(index * 3 + 2)}
`,
  );
  return documents.join('---\n');
}

function exampleImage(index: number): string {
  return `registry.example.com/team/app-${String(index % 300).padStart(4, '0')}:1.${index % 7}.0`;
}
