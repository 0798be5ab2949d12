{{/*
What every pod of the chart shares: { root, component, values, account, token }. PodSecurity `restricted` is
satisfied here, once. Service links are off because a Service's variables (COFFERDAM_EGRESS_SERVICE_HOST) would be
read as settings.
*/}}
{{- define "cofferdam.podSpec" -}}
serviceAccountName: {{ .account }}
automountServiceAccountToken: {{ .token }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  {{- toYaml .root.Values.podSecurityContext | nindent 2 }}
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* { root, component, values }: the labels and annotations of a Deployment's pods. */}}
{{- define "cofferdam.podMetadata" -}}
labels:
  {{- include "cofferdam.labels" . | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.podAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* { root, values }: the image and confinement of a container. */}}
{{- define "cofferdam.container" -}}
image: {{ include "cofferdam.image" (dict "root" .root "image" .root.Values.images.cofferdam) }}
imagePullPolicy: {{ .root.Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "cofferdam.trustEnv" -}}
{{- if .Values.trust.caBundle.configMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/cofferdam/trust/ca.crt
{{- end }}
{{- end -}}

{{- define "cofferdam.trustMount" -}}
{{- if .Values.trust.caBundle.configMap }}
- name: trust
  mountPath: /etc/cofferdam/trust
  readOnly: true
{{- end }}
{{- end -}}

{{- define "cofferdam.trustVolume" -}}
{{- with .Values.trust.caBundle }}
{{- if .configMap }}
- name: trust
  configMap:
    name: {{ .configMap }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end -}}

{{/* { root, service }: OpenTelemetry's own variables. */}}
{{- define "cofferdam.telemetryEnv" -}}
{{- with .root.Values.telemetry.otlp }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_EXPORTER_OTLP_PROTOCOL
  value: {{ .protocol }}
{{- with .headersSecret }}
{{- if .name }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  valueFrom:
    secretKeyRef:
      name: {{ .name }}
      key: {{ .key }}
{{- end }}
{{- end }}
- name: OTEL_SERVICE_NAME
  value: {{ $.service }}
- name: COFFERDAM_TELEMETRY_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: OTEL_RESOURCE_ATTRIBUTES
  value: {{ printf "k8s.namespace.name=%s,k8s.pod.name=$(COFFERDAM_TELEMETRY_POD_NAME)" $.root.Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A Deployment's strategy; `Recreate` has no rollingUpdate, which values would otherwise have to take away. */}}
{{- define "cofferdam.strategy" -}}
type: {{ .type }}
{{- if eq .type "RollingUpdate" }}
rollingUpdate:
  {{- toYaml .rollingUpdate | nindent 2 }}
{{- end }}
{{- end -}}
