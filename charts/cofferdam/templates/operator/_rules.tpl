{{/* What the operator does in tenants' namespaces. Secrets and ConfigMaps are read by the name a script gives. */}}
{{- define "cofferdam.tenantRules" -}}
- apiGroups: [cofferdam.dev]
  resources: [sandboxscripts]
  verbs: [get, list, watch]
- apiGroups: [cofferdam.dev]
  resources: [sandboxruns]
  verbs: [get, list, watch, delete]
- apiGroups: [cofferdam.dev]
  resources: [sandboxscripts/status, sandboxruns/status]
  verbs: [patch, update]
- apiGroups: ['']
  resources: [secrets, configmaps]
  verbs: [get]
{{- end -}}

{{- define "cofferdam.operatorSubject" -}}
subjects:
  - kind: ServiceAccount
    name: {{ include "cofferdam.fullname" . }}-operator
    namespace: {{ .Release.Namespace }}
{{- end -}}
