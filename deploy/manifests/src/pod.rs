use serde_json::Value;

/// The pods that a workload makes.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Labels and annotations.
    pub metadata: &'a Value,
    /// What runs.
    pub spec: &'a Value,
}

/// One container of a pod.
#[derive(Debug, Clone, Copy)]
pub struct Container<'a> {
    /// It runs before the others and ends.
    pub init: bool,
    /// All of it.
    pub value: &'a Value,
}

impl<'a> Pod<'a> {
    pub(crate) fn of(object: &'a Value) -> Option<Self> {
        let template = ["/spec/template", "/spec/jobTemplate/spec/template"]
            .iter()
            .find_map(|pointer| object.pointer(pointer))?;
        Some(Self {
            metadata: template.get("metadata").unwrap_or(&Value::Null),
            spec: template.get("spec")?,
        })
    }

    /// Every container, those of the start first.
    pub fn containers(self) -> impl Iterator<Item = Container<'a>> {
        let of = move |key: &str, init| {
            let listed = self.spec.get(key).and_then(Value::as_array);
            listed.into_iter().flatten().map(move |value| Container { init, value })
        };
        of("initContainers", true).chain(of("containers", false))
    }

    /// The container that serves.
    pub fn server(self) -> Option<Container<'a>> {
        self.containers().find(|container| container.name() == "server")
    }

    /// The names of the Secrets that it mounts.
    pub fn secrets(self) -> Vec<&'a str> {
        let volumes = self.spec.get("volumes").and_then(Value::as_array);
        volumes
            .into_iter()
            .flatten()
            .filter_map(|volume| volume.pointer("/secret/secretName")?.as_str())
            .collect()
    }
}

impl<'a> Container<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// What is at a JSON pointer; null where nothing is.
    pub fn at(self, pointer: &str) -> &'a Value {
        self.value.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Name and value of the variables it is given one by one, in their order; no value when it comes from elsewhere.
    pub fn env(self) -> Vec<(&'a str, Option<&'a str>)> {
        let listed = self.value.get("env").and_then(Value::as_array);
        listed
            .into_iter()
            .flatten()
            .filter_map(|entry| Some((entry.get("name")?.as_str()?, entry.get("value").and_then(Value::as_str))))
            .collect()
    }
}
