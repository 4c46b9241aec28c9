//! What one call costs before and beside the database.

use std::hint::black_box;

use api::order::v1::CreateOrderRequest;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kernel::UserId;
use order_core::{Order, OrderId};
use prost::Message as _;
use time::OffsetDateTime;
use uuid::Uuid;
use wire::{Field, Validate as _};

const LINES: [usize; 3] = [1, 10, 500];

fn decoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode and validate CreateOrder");
    for lines in LINES {
        let bytes = microbench::encoded_request(lines);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_with_input(BenchmarkId::new("decode", lines), &bytes, |b, bytes| {
            b.iter(|| CreateOrderRequest::decode(black_box(bytes.as_slice())));
        });
        group.bench_with_input(BenchmarkId::new("decode and validate", lines), &bytes, |b, bytes| {
            b.iter(|| {
                let mut found = Vec::new();
                if let Ok(request) = CreateOrderRequest::decode(black_box(bytes.as_slice())) {
                    request.validate(&Field::Root, &mut found);
                }
                found
            });
        });
    }
    group.finish();
}

fn placing(c: &mut Criterion) {
    let mut group = c.benchmark_group("place an order");
    let (id, customer) = (OrderId::new(Uuid::nil()), UserId::new(Uuid::nil()));
    for lines in LINES {
        group.throughput(Throughput::Elements(lines as u64));
        group.bench_with_input(BenchmarkId::from_parameter(lines), &lines, |b, lines| {
            b.iter_batched(
                || microbench::draft(*lines),
                |draft| Order::place(id, customer, draft, OffsetDateTime::UNIX_EPOCH),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, decoding, placing);
criterion_main!(benches);
