{{/* Of what `certs` needs: (dict "root" $ "name" "certs" "hook" true "weight" -10). Hooks run before an installation and an
upgrade, in the order of their weights. */}}
{{- define "counterfoil.certsMetadata" -}}
name: {{ .name }}
labels:
  {{- include "counterfoil.labels" (dict "root" .root "name" "certs") | nindent 2 }}
  app.kubernetes.io/component: certs
{{- if .hook }}
  counterfoil.dev/hook: install
annotations:
  helm.sh/hook: pre-install,pre-upgrade
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
{{- end }}

{{/* Exit code 2: what another attempt would not mend. */}}
{{- define "counterfoil.certsPatience" -}}
backoffLimit: 3
activeDeadlineSeconds: 300
podFailurePolicy:
  rules:
    - action: FailJob
      onExitCodes:
        operator: In
        values: [2]
ttlSecondsAfterFinished: 604800
{{- end }}

{{/* The pod that makes Secrets: the same dict. */}}
{{- define "counterfoil.certsPod" -}}
metadata:
  labels:
    app.kubernetes.io/name: certs
    app.kubernetes.io/component: certs
    app.kubernetes.io/part-of: counterfoil
    counterfoil.dev/api-server: asked
spec:
  serviceAccountName: {{ ternary .name "certs" .root.Values.rbac.create }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: Never
  securityContext:
    {{- include "counterfoil.podSecurity" 65532 | nindent 4 }}
  {{- include "counterfoil.placement" .root | nindent 2 }}
  containers:
    - name: certs
      image: {{ include "counterfoil.image" (dict "root" .root "name" "certs") }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      args: [ensure, --services, /configuration/services.yaml]
      env:
        {{- range list "CERTIFICATES" "SECRETS" "DATABASES" }}
        - name: {{ . }}
          valueFrom:
            configMapKeyRef:
              name: {{ $.name }}
              key: {{ . }}
        {{- end }}
      resources:
        {{- include "counterfoil.briefResources" .root | nindent 8 }}
      securityContext:
        {{- include "counterfoil.containerSecurity" .root | nindent 8 }}
      volumeMounts:
        - name: api-server
          mountPath: /var/run/secrets/kubernetes.io/serviceaccount
          readOnly: true
        - name: configuration
          mountPath: /configuration
          readOnly: true
  volumes:
    {{- include "counterfoil.apiServerVolume" .root | nindent 4 }}
    - name: configuration
      configMap:
        name: {{ .name }}
        items:
          - key: services.yaml
            path: services.yaml
{{- end }}
