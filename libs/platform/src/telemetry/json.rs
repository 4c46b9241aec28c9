//! Log lines as programs read them: one flat object each, with the name of the call it belongs to.
//!
//! Written here because the formatter of `tracing-subscriber` keeps the fields of spans as text, and parses
//! them again for every line and every field that is recorded later.

use std::fmt::{self, Debug, Write};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::Record,
};
use tracing_subscriber::{
    Layer,
    field::RecordFields,
    fmt::{
        FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    registry::LookupSpan,
};

/// The one field of spans that lines have: the others are for traces.
const REQUEST_ID: &str = "request.id";

/// A layer that writes lines.
pub fn json_lines<S, W>(writer: W) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false)
        .fmt_fields(CallName)
        .event_format(Lines)
}

/// Of the fields of a span, the value of `request.id`.
struct CallName;

impl<'w> FormatFields<'w> for CallName {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        struct Named<'w>(Writer<'w>, fmt::Result);
        impl Visit for Named<'_> {
            fn record_str(&mut self, field: &Field, value: &str) {
                if field.name() == REQUEST_ID {
                    self.1 = self.1.and_then(|()| self.0.write_str(value));
                }
            }
            fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
        }
        let mut named = Named(writer, Ok(()));
        fields.record(&mut named);
        named.1
    }

    fn add_fields(&self, _: &'w mut FormattedFields<Self>, _: &Record<'_>) -> fmt::Result {
        Ok(())
    }
}

/// One object a line.
struct Lines;

impl<S: Subscriber + for<'a> LookupSpan<'a>> FormatEvent<S, CallName> for Lines {
    fn format_event(
        &self,
        context: &FmtContext<'_, S, CallName>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let metadata = event.metadata();
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", metadata.level())?;
        let mut fields = Fields {
            writer: &mut writer,
            names_call: false,
            written: Ok(()),
        };
        event.record(&mut fields);
        let Fields {
            names_call, written, ..
        } = fields;
        written?;
        if !names_call {
            for span in context.event_scope().into_iter().flatten() {
                let extensions = span.extensions();
                if let Some(name) = extensions.get::<FormattedFields<CallName>>()
                    && !name.fields.is_empty()
                {
                    pair(&mut writer, REQUEST_ID, &name.fields)?;
                    break;
                }
            }
        }
        pair(&mut writer, "target", metadata.target())?;
        writer.write_str("}\n")
    }
}

struct Fields<'a, 'w> {
    writer: &'a mut Writer<'w>,
    names_call: bool,
    written: fmt::Result,
}

impl Fields<'_, '_> {
    fn text(&mut self, field: &Field, value: &str) {
        self.names_call |= field.name() == REQUEST_ID;
        self.written = self.written.and_then(|()| pair(self.writer, field.name(), value));
    }

    fn bare(&mut self, field: &Field, value: impl fmt::Display) {
        self.written = self
            .written
            .and_then(|()| write!(self.writer, ",\"{}\":{value}", field.name()));
    }
}

impl Visit for Fields<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }
    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.bare(field, value);
        } else {
            self.text(field, &value.to_string());
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.names_call |= field.name() == REQUEST_ID;
        self.written = self.written.and_then(|()| {
            write!(self.writer, ",\"{}\":\"", field.name())?;
            write!(Escaped(self.writer), "{value:?}")?;
            self.writer.write_char('"')
        });
    }
}

fn pair(writer: &mut Writer<'_>, name: &str, value: &str) -> fmt::Result {
    write!(writer, ",\"{name}\":\"")?;
    Escaped(writer).write_str(value)?;
    writer.write_char('"')
}

/// Text inside the quotes of a JSON string.
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
            let (plain, special) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('\n') => self.0.write_str("\\n")?,
                Some(quoted @ ('"' | '\\')) => write!(self.0, "\\{quoted}")?,
                Some(other) => write!(self.0, "\\u{:04x}", u32::from(other))?,
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use serde_json::{Value, json};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written, but for the time.
    fn written(log: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let layer = json_lines(move || writer.clone());
        // With a single subscriber in the process, a place of logging that the thread of another test reaches
        // first asks that thread for one, finds none and stays silent for all.
        let _other = tracing::Dispatch::new(tracing_subscriber::registry());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| {
                let mut line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
                let removed = line.as_object_mut().unwrap().remove("timestamp").unwrap();
                assert!(removed.as_str().unwrap().ends_with('Z'), "{removed}");
                line
            })
            .collect()
    }

    #[test]
    fn a_line_is_one_flat_object_whatever_is_in_it() {
        let lines = written(|| {
            let awkward = "say \"hi\"\\\n\u{1}\u{7f} ü";
            tracing::info!(target: "here", text = awkward, shown = %awkward, count = 3_u64, less = -1_i64, part = 0.5,
                odd = f64::NAN, yes = true, list = ?["a\"b"], "it is {}", "so");
        });
        let awkward = "say \"hi\"\\\n\u{1}\u{7f} ü";
        let expected = json!({
            "level": "INFO", "target": "here", "message": "it is so", "text": awkward, "shown": awkward,
            "count": 3, "less": -1, "part": 0.5, "odd": "NaN", "yes": true, "list": "[\"a\\\"b\"]",
        });
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn a_line_tells_the_call_that_it_belongs_to_once() {
        let lines = written(|| {
            let call = tracing::info_span!(
                "call",
                request.id = "one",
                otel.kind = "server",
                code = tracing::field::Empty
            );
            let _call = call.enter();
            let step = tracing::info_span!("step", of = "it");
            let _step = step.enter();
            call.record("code", 5);
            tracing::warn!("inside");
            tracing::warn!(request.id = "two", "named");
        });
        let [inside, named] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        assert_eq!(inside[REQUEST_ID], "one");
        assert_eq!(named[REQUEST_ID], "two");
        assert_eq!(inside.as_object().unwrap().len(), 4, "{inside}");
    }
}
