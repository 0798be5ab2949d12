{{/* { root, component, namespace? }: the pods of a component, of this namespace unless another is named. */}}
{{- define "cofferdam.peer" -}}
- podSelector:
    matchLabels:
      {{- include "cofferdam.selectorLabels" . | nindent 6 }}
  {{- with .namespace }}
  namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ . }}
  {{- end }}
{{- end -}}

{{- define "cofferdam.runnerPeer" -}}
- namespaceSelector:
    matchLabels:
      kubernetes.io/metadata.name: {{ include "cofferdam.runnerNamespace" . }}
{{- end -}}

{{- define "cofferdam.dnsRule" -}}
{{- with .Values.networkPolicy.dns -}}
- ports:
    {{- range .ports }}
    - port: {{ . }}
      protocol: UDP
    - port: {{ . }}
      protocol: TCP
    {{- end }}
  {{- with .to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The API server is no pod: policies see its own address and port, not those of its Service. */}}
{{- define "cofferdam.apiServerRule" -}}
{{- with .Values.networkPolicy.apiServer -}}
- ports:
    {{- range .ports }}
    - port: {{ . }}
    {{- end }}
  {{- with .cidrs }}
  to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "cofferdam.otlpRule" -}}
{{- $to := .Values.networkPolicy.otlp.to -}}
{{- with .Values.telemetry.otlp.endpoint -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) -}}
- ports:
    - port: {{ $port }}
  {{- with $to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Where the way out may lead: the public internet, without anything that is somebody's own network. */}}
{{- define "cofferdam.publicPeers" -}}
- ipBlock:
    cidr: 0.0.0.0/0
    except:
      - 0.0.0.0/8
      - 10.0.0.0/8
      - 100.64.0.0/10
      - 127.0.0.0/8
      - 168.63.129.16/32
      - 169.254.0.0/16
      - 172.16.0.0/12
      - 192.0.0.0/24
      - 192.0.2.0/24
      - 192.168.0.0/16
      - 198.18.0.0/15
      - 198.51.100.0/24
      - 203.0.113.0/24
      - 224.0.0.0/3
      {{- range .Values.networkPolicy.clusterCIDRs }}
      {{- if not (contains ":" .) }}
      - {{ . }}
      {{- end }}
      {{- end }}
- ipBlock:
    cidr: 2000::/3
    except:
      - 2001::/32
      - 2001:db8::/32
      - 2002::/16
      {{- range .Values.networkPolicy.clusterCIDRs }}
      {{- if regexMatch "^[23][0-9a-fA-F]{3}:" . }}
      - {{ . }}
      {{- end }}
      {{- end }}
{{- end -}}

{{/* Every range that the chart's pools or `egress.allowedCIDRs` allow, once each. */}}
{{- define "cofferdam.allowedCIDRs" -}}
{{- $cidrs := .Values.egress.allowedCIDRs -}}
{{- range .Values.pools -}}
{{- $cidrs = concat $cidrs (dig "egress" "allowedCIDRs" list .) -}}
{{- end -}}
{{- toJson (uniq $cidrs) -}}
{{- end -}}
