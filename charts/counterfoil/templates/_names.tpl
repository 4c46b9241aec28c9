{{/* Labels of every object: (dict "root" $ "name" "usersvc") */}}
{{- define "counterfoil.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: counterfoil
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* An image of ours: (dict "root" $ "name" "usersvc") */}}
{{- define "counterfoil.image" -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
{{ .name }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{/* A Secret of a service: (dict "name" "usersvc" "service" $service "kind" "tls") */}}
{{- define "counterfoil.secret" -}}
{{ dig "secrets" .kind (printf "%s-%s" .name .kind) .service }}
{{- end }}

{{/* A volume from such a Secret; 288 is 0440. */}}
{{- define "counterfoil.secretVolume" -}}
- name: {{ .kind }}
  secret:
    secretName: {{ include "counterfoil.secret" . }}
    defaultMode: 288
{{- end }}

{{/* Whether a service looks for others by their EndpointSlices: (dict "root" $ "service" $service) */}}
{{- define "counterfoil.discovers" -}}
{{- if and .service.peers (eq .root.Values.settings.SERVICE_DISCOVERY "kubernetes") }}yes{{ end }}
{{- end }}

{{/* Whether a service asks the API server: (dict "root" $ "name" "usersvc" "service" $service) */}}
{{- define "counterfoil.asksApiServer" -}}
{{- if or (eq .name "authsvc") (include "counterfoil.discovers" .) }}yes{{ end }}
{{- end }}

{{/* What it takes to ask the API server, in the directory where every client looks. */}}
{{- define "counterfoil.apiServerVolume" -}}
- name: api-server
  projected:
    defaultMode: 288
    sources:
      - serviceAccountToken:
          expirationSeconds: 3600
          path: token
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
      - downwardAPI:
          items:
            - path: namespace
              fieldRef:
                fieldPath: metadata.namespace
{{- end }}

{{/* Whether a service gets tokens from authsvc, and so shows it one of its ServiceAccount. */}}
{{- define "counterfoil.identity" -}}
{{- if has "authsvc" (values (default dict .peers)) }}yes{{ end }}
{{- end }}

{{- define "counterfoil.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "counterfoil.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* What a pod has that serves nobody but runs a command on a database. */}}
{{- define "counterfoil.briefResources" -}}
requests:
  cpu: 50m
  memory: 32Mi
limits:
  cpu: "1"
  memory: 128Mi
{{- end }}

{{/* Where every pod may run, and what opens the registry to it. */}}
{{- define "counterfoil.placement" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.pod.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.pod.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where databases listen. */}}
{{- define "counterfoil.databasePort" -}}
{{ regexFind ":[0-9]+" .Values.secrets.databaseServer | trimPrefix ":" | default "5432" }}
{{- end }}

{{/* What the bundled database lets in: the pools of all pods there may be, one more of each service while it is rolled out, their
migrators, and who looks at it; never fewer than the component postgres. */}}
{{- define "counterfoil.maxConnections" -}}
{{- $connections := 20 }}
{{- range .Values.services }}
{{- if .database }}
{{- $pods := ternary $.Values.autoscaling.maxReplicas (.replicas | default 0) $.Values.autoscaling.enabled | int }}
{{- $connections = add $connections (mul (add1 $pods) (add1 (dig "config" "DATABASE_MAX_CONNECTIONS" 16 . | int))) }}
{{- end }}
{{- end }}
{{- max 500 $connections }}
{{- end }}

{{/* DRAIN_LIMIT in seconds. */}}
{{- define "counterfoil.drainSeconds" -}}
{{ trimSuffix "s" .Values.settings.DRAIN_LIMIT }}
{{- end }}
