use std::{fs, io::Read, process::Stdio};

use http::Method;
use serde_json::json;

use crate::{
    processes::{Provider, logging},
    world::charge,
};

/// Valid numbers whose digits are found nowhere else.
const NUMBERS: [&str; 3] = ["4539578763621486", "4539-5787-6362-1486", "5105 1051 0510 5100"];
const CVC: &str = "7391";

#[tokio::test]
async fn no_number_and_no_cvc_is_kept_logged_or_answered() {
    let directory = tempfile::tempdir().unwrap();
    let mut provider = Provider::start(logging("trace", directory.path()).stderr(Stdio::piped()));
    let client = provider.client.clone();
    let mut answers = String::new();
    for number in NUMBERS {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let bodies = [
            json!({"number": number, "exp_month": 12, "exp_year": 2099, "cvc": CVC}).to_string(),
            json!({"number": digits.parse::<u64>().unwrap(), "exp_month": 12, "exp_year": 2099, "cvc": CVC})
                .to_string(),
            json!({"number": number, "exp_month": 13, "exp_year": 2099, "cvc": CVC}).to_string(),
            json!({"number": number, "exp_month": 12, "exp_year": 2099, "cvc": format!("{CVC}x")}).to_string(),
            json!({"number": number, "exp_month": number, "exp_year": 2099, "cvc": CVC}).to_string(),
            json!({number: 1, CVC: 2}).to_string(),
            format!("{number} {CVC}"),
            format!("{{\"number\": \"{number}\", \"cvc\": \"{CVC}"),
        ];
        for body in bodies {
            let answer = client
                .send(Method::POST, "/v1/payment_methods", None, body)
                .await
                .unwrap();
            answers += &format!("{answer:?}\n");
        }
    }
    let misplaced = charge(500, NUMBERS[0]);
    let answer = client.post("/v1/charges", "a", misplaced).await;
    assert_eq!(answer.status, 400);
    answers += &format!("{answer:?}\n");

    provider.child.kill().unwrap();
    let mut log = String::new();
    provider.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("payment_methods"), "nothing was logged");
    let journal = fs::read_to_string(directory.path().join("journal")).unwrap();
    assert!(journal.contains("1486"), "nothing was kept");
    for (place, text) in [("answers", &answers), ("log", &log), ("journal", &journal)] {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        for number in NUMBERS {
            let number: String = number.chars().filter(char::is_ascii_digit).collect();
            assert!(!digits.contains(&number), "{number} is in the {place}");
            assert!(!digits.contains(&number[..12]), "most of {number} is in the {place}");
        }
        assert!(!text.contains(CVC), "the CVC is in the {place}");
    }
}
