import { settingsOf } from '@cofferdam/protocol';
import { Type, type Static } from '@cofferdam/protocol/typebox';

const name = (description: string) => Type.String({ minLength: 1, maxLength: 253, description });

/** The operator's own settings in a cluster; each is `COFFERDAM_` and its name. docs/configuration.md is made from this. */
export const OperatorConfigSchema = Type.Object(
  {
    namespace: name('The namespace that it runs in.'),
    podName: name('The name of its pod.'),
    runnerNamespace: name('The namespace of runner pods, which holds nothing else.'),
    runnerImage: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'The image of runner pods whose pool names none.',
    }),
    browserImage: Type.String({
      default: 'cofferdam-browser',
      minLength: 1,
      maxLength: 512,
      description: 'The image of the pods of browser pools that name none.',
    }),
    runnerImagePullPolicy: Type.Enum(['Always', 'IfNotPresent', 'Never'], {
      default: 'IfNotPresent',
      description: 'When those images are pulled.',
    }),
    runnersService: name('The Service on which gateways take runners.'),
    egressService: name('The Service of egress.'),
    controlService: name('The headless Service of the gateways’ private port.'),
    controlTokenFile: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4096,
        description: 'The file with what it proves to a gateway that it is the operator.',
      }),
    ),
    watchNamespaces: Type.String({
      default: '',
      maxLength: 4096,
      description: 'The namespaces that it looks at, with commas between. Default: all.',
    }),
    serverHosts: Type.String({
      default: '*.localhost',
      maxLength: 4096,
      description:
        'Host names that `route.host` of a server may have, with commas between: those of ISOLATE_SERVER_HOSTS.',
    }),
    leaseName: name('The Lease that says which operator works.'),
    healthPort: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 5903,
      description: 'The port of /livez, /readyz and /metrics.',
    }),
  },
  { additionalProperties: false },
);
export type OperatorConfig = Readonly<Static<typeof OperatorConfigSchema>>;

export const operatorSettings = settingsOf(OperatorConfigSchema);

/** The namespaces of a setting; none is all. */
export function namespacesOf({ watchNamespaces }: OperatorConfig): string[] {
  return listOf(watchNamespaces);
}

export function serverHostsOf({ serverHosts }: OperatorConfig): string[] {
  return listOf(serverHosts);
}

function listOf(text: string): string[] {
  const items = text.split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
