{{- define "cofferdam.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* 40 characters leave room for every suffix within the 63 of a Service's name. */}}
{{- define "cofferdam.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "cofferdam.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "cofferdam.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Untrusted code never shares a namespace with what it could be confused with. */}}
{{- define "cofferdam.runnerNamespace" -}}
{{- $namespace := default (printf "%s-runners" (include "cofferdam.fullname" .)) .Values.runners.namespace -}}
{{- if eq $namespace .Release.Namespace -}}
{{- fail "runners.namespace must not be the namespace of the release: runner pods live alone" -}}
{{- end -}}
{{- $namespace -}}
{{- end -}}

{{- define "cofferdam.internalSecret" -}}
{{- default (printf "%s-internal" (include "cofferdam.fullname" .)) .Values.internal.existingSecret -}}
{{- end -}}

{{- define "cofferdam.isSingle" -}}
{{- if eq .Values.mode "single" }}true{{ end -}}
{{- end -}}

{{/* Where the operator lives: in a pod of its own, or in the gateway's. */}}
{{- define "cofferdam.operatorComponent" -}}
{{- if include "cofferdam.isSingle" . }}gateway{{ else }}operator{{ end -}}
{{- end -}}

{{/* The gateway's pod has the operator's account in `single`, because both are one process then. */}}
{{- define "cofferdam.gatewayAccount" -}}
{{- printf "%s-%s" (include "cofferdam.fullname" .) (ternary "operator" "gateway" (eq .Values.mode "single")) -}}
{{- end -}}

{{- define "cofferdam.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cofferdam.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "cofferdam.labels" -}}
{{ include "cofferdam.selectorLabels" . }}
app.kubernetes.io/part-of: cofferdam
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* { root, image }: an image's whole name; a digest goes before a tag. */}}
{{- define "cofferdam.image" -}}
{{- $registry := .root.Values.images.registry | trimSuffix "/" -}}
{{- $name := ternary .image.repository (printf "%s/%s" $registry .image.repository) (empty $registry) -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}
