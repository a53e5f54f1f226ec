//! Every answer in JSON against `docs/eqt.schema.json`.

mod support;

use serde_json::{Map, Value};
use support::json;

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/eqt.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the schema")).expect("JSON")
}

/// What is wrong with a value: the part of JSON Schema that the schema of eqt is written in. Other keywords are refused,
/// so that none is silently without effect.
struct Checker {
    root: Value,
}

impl Checker {
    fn check(&self, value: &Value, schema: &Value, at: &str) -> Result<(), String> {
        let schema = schema.as_object().unwrap_or_else(|| panic!("{at}: no schema"));
        for (keyword, argument) in schema {
            self.keyword(value, keyword, argument, schema, at)?;
        }
        Ok(())
    }

    fn keyword(
        &self,
        value: &Value,
        keyword: &str,
        argument: &Value,
        schema: &Map<String, Value>,
        at: &str,
    ) -> Result<(), String> {
        let holds = match keyword {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name =
                    argument.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("a definition");
                return self.check(value, &self.root["$defs"][name], at);
            }
            "oneOf" => {
                let alternatives = argument.as_array().expect("alternatives");
                let outcomes: Vec<Result<(), String>> =
                    alternatives.iter().map(|schema| self.check(value, schema, at)).collect();
                let matching = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
                if matching != 1 {
                    return Err(format!("{at}: {matching} alternatives fit: {outcomes:?}"));
                }
                true
            }
            "type" => match argument {
                Value::String(name) => is_of_type(value, name),
                names => names
                    .as_array()
                    .expect("types")
                    .iter()
                    .any(|name| is_of_type(value, name.as_str().expect("a type"))),
            },
            "const" => value == argument,
            "enum" => argument.as_array().expect("values").contains(value),
            "minimum" => value.as_i64().is_none_or(|number| number >= argument.as_i64().expect("a number")),
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 >= argument.as_u64().expect("a number")),
            "maxItems" => value
                .as_array()
                .is_none_or(|items| items.len() as u64 <= argument.as_u64().expect("a number")),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.check(item, argument, &format!("{at}[{index}]"))?;
                }
                true
            }
            "required" => {
                let missing = argument.as_array().expect("keys").iter().find(|key| {
                    value.as_object().is_some_and(|object| !object.contains_key(key.as_str().expect("a key")))
                });
                return missing.map_or(Ok(()), |key| Err(format!("{at}: {key} is missing")));
            }
            "properties" => {
                for (key, schema) in argument.as_object().expect("properties") {
                    if let Some(property) = value.get(key) {
                        self.check(property, schema, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(argument, &Value::Bool(false));
                let known = schema["properties"].as_object().expect("properties");
                let other =
                    value.as_object().into_iter().flatten().find(|(key, _)| !known.contains_key(*key));
                return other.map_or(Ok(()), |(key, _)| Err(format!("{at}: {key} is not described")));
            }
            _ => panic!("{at}: the keyword {keyword} is not known to this test"),
        };
        if holds { Ok(()) } else { Err(format!("{at}: {value} is not {keyword} {argument}")) }
    }
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => panic!("the type {name} is not known to this test"),
    }
}

/// Documents of every command, with everything that is optional.
fn documents() -> Vec<Value> {
    let spectral = "O(d) * S(n): a: (R^d)^n -> S^d";
    let labelled = "O(2): a: (R^2)^4 -> S^2";
    let lorentz = "SO(1,3): a: R^4, F: Alt^2(R^4) -> Sym0^2(R^4)";
    let symplectic = "Sp(4): a: R^4, B: S^4 -> R^4";
    let mut documents = Vec::new();
    for signature in [spectral, labelled, lorentz, symplectic, "SO(3): a: R^3, b: R^3 -> R^3", "1: x: R -> R"]
    {
        for command in ["basis", "count", "program", "check"] {
            documents.push(json(&[command, signature, "--degree", "2"]));
        }
        documents.push(json(&["program", signature, "--degree", "2", "--combine"]));
        documents.push(json(&["program", signature, "--degree", "1..2", "--gradient"]));
    }
    for signature in [spectral, "O(3): A: S^3 -> S^3", "O(3): A: S^3, B: S^3 -> R"] {
        for command in ["basis", "program", "check"] {
            documents.push(json(&[command, signature, "--generators"]));
        }
        documents.push(json(&["program", signature, "--generators", "--gradient"]));
    }
    documents.push(json(&["basis", spectral, "--degree", "6", "--labels", "1"]));
    documents.push(json(&["basis", "SO(3): (R^3)^2 -> R", "--degree", "3..3"]));
    documents.push(json(&["basis", "SO(16): R^16 -> Alt^15(R^16)", "--degree", "1"]));
    documents.push(json(&["relations", "O(2): P: S^2 -> S^2", "--degree", "2..3"]));
    documents.push(json(&["relations", "O(d): P: S^d -> S^d", "--degree", "2"]));
    documents.push(json(&["check", "SO(9): a: R^9, F: Alt^2(R^9) -> R", "--degree", "5"]));
    documents
}

#[test]
fn every_answer_is_as_the_schema_says_and_the_schema_says_nothing_less() {
    let checker = Checker { root: schema() };
    let documents = documents();
    for document in &documents {
        if let Err(wrong) = checker.check(document, &checker.root, "document") {
            panic!("{wrong}");
        }
    }
    // Whatever is left out, added, or of another type is seen, wherever it stands.
    let mut changes = 0;
    for document in &documents {
        for pointer in pointers(document) {
            let at = |document: &mut Value, change: &dyn Fn(&mut Value)| {
                change(document.pointer_mut(&pointer).expect("a value"));
            };
            let mut other = document.clone();
            at(&mut other, &|value| *value = serde_json::json!({ "no": ["such", "thing"] }));
            assert!(checker.check(&other, &checker.root, "").is_err(), "{pointer} may be anything");
            if document.pointer(&pointer).is_some_and(Value::is_object) {
                let mut other = document.clone();
                at(&mut other, &|value| value["no such key"] = Value::Null);
                assert!(checker.check(&other, &checker.root, "").is_err(), "{pointer} may have any key");
            }
            changes += 1;
        }
    }
    assert!(changes > 4_000, "{changes}");
}

/// Pointers to all values of a document; of long arrays, to the first three and the last items.
fn pointers(value: &Value) -> Vec<String> {
    let below = |key: &str, value: &Value| -> Vec<String> {
        pointers(value).into_iter().map(|pointer| format!("/{key}{pointer}")).collect()
    };
    let mut all = vec![String::new()];
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(key, value)| {
                all.extend(below(&key.replace('~', "~0").replace('/', "~1"), value))
            });
        }
        Value::Array(items) => {
            let shown = |index: &usize| *index < 3 || index + 1 == items.len();
            for (index, item) in items.iter().enumerate().filter(|(index, _)| shown(index)) {
                all.extend(below(&index.to_string(), item));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn every_definition_is_used() {
    let text = schema().to_string();
    for name in schema()["$defs"].as_object().expect("definitions").keys() {
        assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name}");
    }
}

#[test]
fn degrees_are_written_alike_by_all_commands() {
    let scalar = "O(3): A: S^3 -> S^3";
    for command in ["basis", "count", "program", "relations", "check"] {
        let range = json(&[command, scalar, "--degree", "1..2"]);
        assert_eq!(range["degrees"], serde_json::json!({ "from": 1, "to": 2 }), "{command}");
        let most = json(&[command, scalar, "--degree", "2"]);
        assert_eq!(most["degrees"], serde_json::json!({ "from": 0, "to": 2 }), "{command}");
        assert_eq!((&most["command"], &most["labels"]), (&Value::from(command), &Value::Null));
    }
}
