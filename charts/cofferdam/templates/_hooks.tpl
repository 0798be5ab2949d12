{{- define "cofferdam.crdsHook" -}}
labels:
  {{- include "cofferdam.labels" . | nindent 2 }}
annotations:
  helm.sh/hook: pre-upgrade
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{- define "cofferdam.testHook" -}}
labels:
  {{- include "cofferdam.labels" . | nindent 2 }}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
