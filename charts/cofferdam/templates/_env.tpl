{{/* The gateway's settings: ISOLATE_ and a setting's name, as docs/configuration.md lists them. */}}
{{- define "cofferdam.gatewayEnv" -}}
- name: ISOLATE_HOST
  value: 0.0.0.0
- name: ISOLATE_PORT
  value: '5900'
- name: ISOLATE_DRAIN_MS
  value: {{ mul .Values.gateway.drainSeconds 1000 | quote }}
{{- range $name, $value := .Values.gateway.settings }}
- name: ISOLATE_{{ $name | snakecase | upper }}
  value: {{ ternary (int64 $value | toString) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
- name: COFFERDAM_DATA_DIR
  value: /data
- name: COFFERDAM_RUNNER_LISTEN
  value: 0.0.0.0:5901
- name: COFFERDAM_CONTROL_LISTEN
  value: 0.0.0.0:5902
- name: COFFERDAM_CONTROL_TOKEN_FILE
  value: /etc/cofferdam/internal/control-token
- name: COFFERDAM_EGRESS_CONTROL
  value: {{ include "cofferdam.fullname" . }}-egress:5912
- name: COFFERDAM_EGRESS_TOKEN_FILE
  value: /etc/cofferdam/internal/egress-token
{{- with .Values.gateway.tokensSecret }}
{{- if .name }}
- name: COFFERDAM_TOKENS_FILE
  value: /etc/cofferdam/tokens/tokens.yaml
{{- end }}
{{- end }}
- name: COFFERDAM_KUBERNETES_AUTH
  value: {{ .Values.gateway.kubernetesAuth | quote }}
{{- if .Values.gateway.kubernetesAuth }}
{{- with .Values.gateway.tokenAudience }}
- name: COFFERDAM_TOKEN_AUDIENCE
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "cofferdam.operatorEnv" -}}
{{- $fullname := include "cofferdam.fullname" . -}}
- name: COFFERDAM_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: COFFERDAM_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: COFFERDAM_RUNNER_NAMESPACE
  value: {{ include "cofferdam.runnerNamespace" . }}
- name: COFFERDAM_RUNNER_IMAGE
  value: {{ include "cofferdam.image" (dict "root" . "image" .Values.images.runner) }}
- name: COFFERDAM_BROWSER_IMAGE
  value: {{ include "cofferdam.image" (dict "root" . "image" .Values.images.browser) }}
- name: COFFERDAM_RUNNER_IMAGE_PULL_POLICY
  value: {{ .Values.images.pullPolicy }}
- name: COFFERDAM_RUNNERS_SERVICE
  value: {{ $fullname }}-runners
- name: COFFERDAM_EGRESS_SERVICE
  value: {{ $fullname }}-egress
- name: COFFERDAM_CONTROL_SERVICE
  value: {{ $fullname }}-control
{{- if not (include "cofferdam.isSingle" .) }}
- name: COFFERDAM_CONTROL_TOKEN_FILE
  value: /etc/cofferdam/internal/control-token
{{- end }}
- name: COFFERDAM_WATCH_NAMESPACES
  value: {{ join "," .Values.watchNamespaces | quote }}
{{- with .Values.gateway.settings.serverHosts }}
- name: COFFERDAM_SERVER_HOSTS
  value: {{ . | quote }}
{{- end }}
- name: COFFERDAM_LEASE_NAME
  value: {{ $fullname }}-operator
- name: COFFERDAM_HEALTH_PORT
  value: '5903'
{{- end -}}
