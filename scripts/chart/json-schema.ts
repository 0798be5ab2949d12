export type Schema = Record<string, unknown>;

/** An object that has these properties and no other: a typo is refused. */
export const closed = (properties: Record<string, Schema>, required: string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length > 0 ? { required } : {}),
});

/** A Kubernetes object that the API server checks itself. */
export const unchecked: Schema = { type: 'object' };

export const mapOf = (values: Schema, keys: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: values,
  ...(Object.keys(keys).length > 0 ? { propertyNames: keys } : {}),
});

export const list = (items: Schema): Schema => ({ type: 'array', items });

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const texts = mapOf(text);

export const oneOf = (...values: string[]): Schema => ({ enum: values });
export const matching = (pattern: string): Schema => ({ type: 'string', pattern });
export const between = (minimum: number, maximum: number): Schema => ({
  type: 'integer',
  minimum,
  maximum,
});

/** Kubernetes' own notation, which YAML reads as a number where there is no unit. */
export const quantity: Schema = {
  type: ['string', 'integer', 'number'],
  pattern: '^[0-9]+(\\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$',
};

const LABEL = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';
export const namespace = matching(`^${LABEL}$`);
/** Empty where there is a default. */
export const objectName = matching(`^(${LABEL}(\\.${LABEL})*)?$`);
export const cidr = matching('^[0-9a-fA-F.:]{2,45}/[0-9]{1,3}$');
export const port = between(1, 65_535);

/** A key of a Secret or ConfigMap. */
export const keyRef = (holder: 'name' | 'configMap'): Schema =>
  closed({ [holder]: objectName, key: matching('^[-._a-zA-Z0-9]{1,253}$') });
