use std::collections::BTreeMap;

use serde_json::Value;

use crate::Rendered;

type Leaves = BTreeMap<String, Value>;

/// What differs between two renderings, one line for each object that came or went and for each place that changed:
/// `+ Service/postgres`, `~ Deployment/usersvc /spec/replicas`. Elements of lists go by their names.
pub fn changes(before: &Rendered, after: &Rendered) -> Vec<String> {
    let (old, new) = (leaves(before), leaves(after));
    let mut found = Vec::new();
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        found.push(format!("- {name}"));
    }
    for (name, places) in &new {
        let Some(previous) = old.get(name) else {
            found.push(format!("+ {name}"));
            continue;
        };
        let differs = |place: &&String| previous.get(*place) != places.get(*place);
        let mut all: Vec<&String> = previous.keys().chain(places.keys()).filter(differs).collect();
        all.sort();
        all.dedup();
        found.extend(all.into_iter().map(|place| format!("~ {name} {place}")));
    }
    found
}

fn leaves(rendered: &Rendered) -> BTreeMap<String, Leaves> {
    rendered
        .objects()
        .iter()
        .map(|object| {
            let mut places = Leaves::new();
            flatten(String::new(), &object.value, &mut places);
            // The hash in a name says what the content says already.
            if object.kind == "ConfigMap" {
                places.remove("/metadata/name");
            }
            places
                .retain(|place, _| !place.ends_with("/configMapRef/name") && !place.ends_with("/configMapKeyRef/name"));
            (format!("{}/{}", object.kind, object.name), places)
        })
        .collect()
}

fn flatten(place: String, value: &Value, found: &mut Leaves) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                flatten(format!("{place}/{key}"), inner, found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                let key = inner
                    .get("name")
                    .and_then(Value::as_str)
                    .map_or(index.to_string(), str::to_owned);
                flatten(format!("{place}/{key}"), inner, found);
            }
        }
        leaf => {
            found.insert(place, leaf.clone());
        }
    }
}
