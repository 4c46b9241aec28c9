//! What a comparison found, to be shown.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    output::Shown,
    reconcile::{
        Report,
        disagreement::{Disagreement, Remedy},
    },
    table::Table,
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_id: Option<&'a str>,
    expected: &'a str,
    found: &'a str,
    remedy: String,
    /// `--fix` tries it.
    fixable: bool,
}

impl<'a> From<&'a Disagreement> for Told<'a> {
    fn from(disagreement: &'a Disagreement) -> Self {
        let remedy = disagreement.remedy();
        Self {
            kind: disagreement.kind.as_str(),
            order_id: disagreement.order_id.as_deref(),
            payment_id: disagreement.payment_id.as_deref(),
            charge_id: disagreement.charge_id.as_deref(),
            expected: &disagreement.expected,
            found: &disagreement.found,
            remedy: remedy.text(),
            fixable: !matches!(remedy, Remedy::Person(_)),
        }
    }
}

pub(crate) fn shown(report: &Report) -> Shown {
    Shown {
        tables: tables(report),
        json: json(report),
    }
}

fn json(report: &Report) -> Value {
    let all = |disagreements: &[Disagreement]| -> Vec<Value> {
        disagreements.iter().map(|found| json!(Told::from(found))).collect()
    };
    let tried: Vec<Value> = report
        .tried
        .iter()
        .map(|tried| json!({"remedy": tried.remedy.text(), "failure": tried.failure}))
        .collect();
    json!({
        "compared": {
            "orders": report.orders,
            "payments": report.payments,
            "ledgerEntries": report.entries,
            "charges": report.charges,
        },
        "disagreements": all(&report.disagreements),
        "moving": report.moving,
        "tried": tried,
        "ended": all(&report.ended),
    })
}

fn tables(report: &Report) -> Vec<Table> {
    let mut tables = Vec::new();
    if !report.tried.is_empty() {
        let mut tried = Table::new(["TRIED", "OUTCOME"]);
        for each in &report.tried {
            let outcome = each.failure.clone().unwrap_or_else(|| "done".to_owned());
            tried.row([each.remedy.text(), outcome]);
        }
        tables.push(tried);
    }
    if !report.ended.is_empty() {
        tables.push(of_disagreements("ENDED", &report.ended));
    }
    if !report.disagreements.is_empty() {
        tables.push(of_disagreements("DISAGREEMENT", &report.disagreements));
    }
    let moving = match report.moving {
        0 => String::new(),
        many => format!("{many} kept changing while they were read: look at them again later"),
    };
    tables.push(Table::of_facts([
        ("orders", report.orders.to_string()),
        ("payments", report.payments.to_string()),
        ("ledger entries", report.entries.to_string()),
        ("charges", report.charges.to_string()),
        ("disagreements", report.disagreements.len().to_string()),
        ("moving", moving),
    ]));
    tables
}

fn of_disagreements(title: &str, disagreements: &[Disagreement]) -> Table {
    let mut table = Table::new([title, "ORDER", "PAYMENT", "EXPECTED", "FOUND", "REMEDY"]);
    for each in disagreements {
        let found = match &each.charge_id {
            Some(charge) => format!("{} ({charge})", each.found),
            None => each.found.clone(),
        };
        table.row([
            each.kind.as_str().to_owned(),
            each.order_id.clone().unwrap_or_default(),
            each.payment_id.clone().unwrap_or_default(),
            each.expected.clone(),
            found,
            each.remedy().text(),
        ]);
    }
    table
}
