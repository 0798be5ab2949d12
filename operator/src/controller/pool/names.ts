/** The pool that a runner pod is of. */
export const POOL_LABEL = 'cofferdam.dev/pool';
/** The hash of what the pod was made from. */
export const TEMPLATE_LABEL = 'cofferdam.dev/template';
/** Whose the pod is, for ever. */
export const TENANT_LABEL = 'cofferdam.dev/tenant';
/** What of the tenant's it serves; an annotation, because it is no label's text. */
export const SCOPE_ANNOTATION = 'cofferdam.dev/scope';
/** SHA-256 of the pod's join token, in hexadecimal. */
export const TOKEN_ANNOTATION = 'cofferdam.dev/join-token-sha256';
/** Of a RuntimeClass: which gVisor it is. Nothing else in a cluster says so. */
export const GVISOR_VERSION_ANNOTATION = 'cofferdam.dev/gvisor-version';
/** The readiness gate: the runner has dialled in and executed something. */
export const JOINED_CONDITION = 'cofferdam.dev/Joined';

const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
const MANAGER = 'cofferdam';

export const COMMON_LABELS = {
  'app.kubernetes.io/name': 'cofferdam-runner',
  'app.kubernetes.io/component': 'runner',
  [MANAGED_BY_LABEL]: MANAGER,
} as const;

/** Selects every runner pod of every pool. */
export const ALL_RUNNERS = `${MANAGED_BY_LABEL}=${MANAGER},${POOL_LABEL}`;

/** Who writes the fields of pools' and pods' status. */
export const FIELD_MANAGER = 'cofferdam-operator';
