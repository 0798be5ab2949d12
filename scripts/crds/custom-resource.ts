import { API_VERSION } from '../../protocol/src/resource/metadata.ts';
import { clusterRules } from '../../protocol/src/resource/fields.ts';
import type { Definition } from './definitions.ts';
import { structural, type JsonSchema } from './structural.ts';

const [group, version] = API_VERSION.split('/') as [string, string];

/** The CustomResourceDefinition of a kind, as an API server takes it. */
export function customResource(definition: Definition) {
  const { kind, shortName, scope, columns, scale } = definition;
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        singular,
        plural,
        shortNames: [shortName],
        // Not `all`: what users delete with it is not what they mean.
        categories: ['sandbox'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: { status: {}, ...(scale ? { scale } : {}) },
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  };
}

function rootSchema({ description, spec, status }: Definition): JsonSchema {
  return {
    description,
    type: 'object',
    required: ['spec'],
    ...clusterRules({
      rule: "size(self.metadata.name) <= 63 && !self.metadata.name.contains('.')",
      message: 'metadata.name must be at most 63 lower-case letters, digits and hyphens',
    }),
    properties: {
      apiVersion: { type: 'string', description: `\`${API_VERSION}\`.` },
      kind: { type: 'string', description: 'The kind of the resource.' },
      metadata: { type: 'object' },
      spec: structural(spec as JsonSchema),
      status: structural(status as JsonSchema),
    },
  };
}
