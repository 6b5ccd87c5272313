{{/* Every enabled service: the defaults with its own values over them. A map of name to values, as YAML. */}}
{{- define "safetynet.services" -}}
{{- $found := dict -}}
{{- range $name, $own := .Values.services -}}
{{- $service := mergeOverwrite (deepCopy $.Values.defaults) $own -}}
{{- if $service.enabled -}}
{{- $_ := set $found $name $service -}}
{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end }}

{{- define "safetynet.fullname" -}}
{{- printf "%s-%s" .root.Release.Name .name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "safetynet.selector" -}}
app.kubernetes.io/name: safetynet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "safetynet.labels" -}}
{{ include "safetynet.selector" . }}
app.kubernetes.io/part-of: safetynet
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "safetynet.image" -}}
{{- $image := .root.Values.image -}}
{{- $repository := printf "safetynet-%s" (.service.image | default .name) -}}
{{- with $image.registry }}{{ $repository = printf "%s/%s" (trimSuffix "/" .) $repository }}{{ end -}}
{{- if .service.digest -}}
{{ $repository }}@{{ .service.digest }}
{{- else -}}
{{ $repository }}:{{ .service.tag | default $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* The program that runs in the image: the board is dispatch's. */}}
{{- define "safetynet.program" -}}
{{- .service.image | default .name -}}
{{- end }}

{{/* Settings are environment variables; every one of them, in one place. */}}
{{- define "safetynet.settings" -}}
{{- $values := .root.Values -}}
{{- $own := dict
  "HOST" "0.0.0.0"
  "PORT" "8000"
  "KAFKA_BOOTSTRAP" $values.kafka.bootstrap
  "TOPIC_PREFIX" $values.kafka.topicPrefix
  "TOPIC_REPLICATION" (int $values.kafka.replication | toString)
  "DATABASE_PREFIX" $values.mongo.databasePrefix
  "SHUTDOWN_SECONDS" (int $values.shutdownSeconds | toString)
-}}
{{- with $values.telemetry.otlpEndpoint }}{{ $_ := set $own "OTLP_ENDPOINT" . }}{{ end -}}
{{- range $name, $value := merge (deepCopy .service.settings) $values.settings }}{{ $_ := set $own (upper $name) (toString $value) }}{{ end -}}
{{- toYaml $own -}}
{{- end }}

{{/* How a service and Kafka know each other, as settings: what it says itself, beside its password in a file. */}}
{{- define "safetynet.kafkaSettings" -}}
{{- $security := .root.Values.kafka.security -}}
{{- $own := dict -}}
{{- if ne $security.protocol "PLAINTEXT" -}}
{{- $_ := set $own "KAFKA_SECURITY_PROTOCOL" $security.protocol -}}
{{- if contains "SASL" $security.protocol -}}
{{- $_ := set $own "KAFKA_SASL_MECHANISM" $security.mechanism -}}
{{- $_ := set $own "KAFKA_USERNAME" (include "safetynet.kafkaUser" .) -}}
{{- end -}}
{{- if include "safetynet.kafkaCa" . }}{{ $_ := set $own "KAFKA_CA_FILE" "/run/secrets/safetynet/kafka_ca.crt" }}{{ end -}}
{{- end -}}
{{- toYaml $own -}}
{{- end }}

{{/* As whom a service comes to Kafka: as Strimzi's user of its program, unless one user is for all. */}}
{{- define "safetynet.kafkaUser" -}}
{{- .root.Values.kafka.security.username | default (printf "%s-%s" .root.Release.Name (include "safetynet.program" .)) -}}
{{- end }}

{{/* The Secret with its password: Strimzi names it after the user. */}}
{{- define "safetynet.kafkaSecret" -}}
{{- .root.Values.kafka.security.password.secret | default (include "safetynet.kafkaUser" .) -}}
{{- end }}

{{/* The Secret with the certificate of who signs for the brokers; empty for those that every system knows. */}}
{{- define "safetynet.kafkaCa" -}}
{{- $kafka := .root.Values.kafka -}}
{{- if contains "SSL" $kafka.security.protocol -}}
{{- $kafka.security.ca.secret | default ($kafka.strimzi.users | ternary (printf "%s-cluster-ca-cert" $kafka.strimzi.cluster) "") -}}
{{- end -}}
{{- end }}

{{/* The topics that a program reads, as {"items": [..]} in YAML. */}}
{{- define "safetynet.read" -}}
{{- $read := list -}}
{{- range $topic := (.root.Files.Get "files/topics.yaml" | fromYaml).topics -}}
{{- range .readers }}{{ if eq .name $.name }}{{ $read = append $read $topic }}{{ end }}{{ end -}}
{{- end -}}
{{- toYaml (dict "items" $read) -}}
{{- end }}

{{/* Longer than the slowest way out: sleep, finish requests, finish the batch, publish what it caused. */}}
{{- define "safetynet.graceSeconds" -}}
{{- add 5 (mul 2 (int .Values.shutdownSeconds)) 10 -}}
{{- end }}

{{/* What the restricted standard asks of a pod and of its container. */}}
{{- define "safetynet.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "safetynet.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "safetynet.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: secrets, mountPath: /run/secrets/safetynet, readOnly: true}
{{- end }}

{{/* Scratch space, and the installation's and the service's secrets as files; with `kafka` those it shows to Kafka. */}}
{{- define "safetynet.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 64Mi}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range list .root.Values.secrets .service.secrets }}
      {{- if .keys }}
      - secret:
          name: {{ .name }}
          items:
            {{- range .keys }}
            - {key: {{ . }}, path: {{ . }}}
            {{- end }}
      {{- end }}
      {{- end }}
      {{- if .kafka }}
      {{- $security := .root.Values.kafka.security }}
      {{- if contains "SASL" $security.protocol }}
      - secret: {name: {{ include "safetynet.kafkaSecret" . }}, items: [{key: {{ $security.password.key }}, path: kafka_password}]}
      {{- end }}
      {{- with include "safetynet.kafkaCa" . }}
      - secret: {name: {{ . }}, items: [{key: {{ $security.ca.key }}, path: kafka_ca.crt}]}
      {{- end }}
      {{- end }}
{{- end }}
