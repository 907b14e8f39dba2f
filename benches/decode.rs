//! How fast PDUs are decoded: a send-req with a photo, with and without the digests of its parts, and the small
//! PDUs that most of the traffic's number consists of.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mmsmate::internals::{
    correlate::PduRecord,
    mms::{PduLimits, decode, decode_mail, decode_soap},
};

/// A send-req with a SMIL presentation, a text and a photo of `photo` octets.
fn send_req(photo: usize) -> Vec<u8> {
    let mut octets = b"\x8c\x80\x98T19d6aeff2a3\0\x8d\x92\x85\x04\x6b\x00\x27\x2f\x89\x01\x81".to_vec();
    octets.extend_from_slice(
        b"\x97+61400000002/TYPE=PLMN\0\x96\x09\xeaHoliday\0\x8a\x80\x8f\x81\x86\x80\x90\x81",
    );
    octets.extend_from_slice(b"\x84\x1b\xb3\x8a<smil>\0\x89application/smil\0\x03");
    part(
        &mut octets,
        b"\x13application/smil\0\x81\xea\xc0\"<smil>\0",
        &[b'<'; 400],
    );
    part(
        &mut octets,
        b"\x0a\x83\x85t.txt\0\x81\xea\x8et.txt\0",
        b"hello from the beach",
    );
    part(
        &mut octets,
        b"\x08\x9e\x85p.jpg\0\xc0\"<p>\0\x8ep.jpg\0",
        &vec![0xd8; photo],
    );
    octets
}

fn part(octets: &mut Vec<u8>, headers: &[u8], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    octets.push(u8::try_from(headers.len()).unwrap_or(u8::MAX));
    octets.extend([3, 2, 1].map(|place| 0x80 | (length >> (place * 7)) as u8));
    octets.push((length & 0x7f) as u8);
    octets.extend_from_slice(headers);
    octets.extend_from_slice(data);
}

/// A SubmitReq of MM7 to `recipients` with a photo of `photo` octets, and its content type.
fn submit_req(recipients: usize, photo: usize) -> (&'static str, Vec<u8>) {
    let to: String = (0..recipients)
        .map(|number| format!("<m:To><m:Number>+6140{number:07}</m:Number></m:To>"))
        .collect();
    let envelope = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Header><m:TransactionID>t</m:TransactionID>\
         </e:Header><e:Body><m:SubmitReq><m:MM7Version>6.8.0</m:MM7Version><m:Recipients>{to}</m:Recipients>\
         <m:Subject>Rain &amp; wind</m:Subject><m:Content href=\"cid:c\"/></m:SubmitReq></e:Body></e:Envelope>"
    );
    let mut octets = format!(
        "--b\r\nContent-Type: text/xml\r\n\r\n{envelope}\r\n--b\r\nContent-Type: image/jpeg\r\nContent-ID: <c>\r\n\r\n"
    )
    .into_bytes();
    octets.extend(std::iter::repeat_n(0xd8, photo));
    octets.extend_from_slice(b"\r\n--b--\r\n");
    ("multipart/related; boundary=b; type=\"text/xml\"", octets)
}

fn mm7(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("MM7 SubmitReq");
    for (name, recipients, photo) in [("300 kB", 1, 300_000), ("1000 recipients", 1000, 1000)] {
        let (content_type, octets) = submit_req(recipients, photo);
        let decoded = decode_soap(&octets, content_type, true, PduLimits::default());
        assert!(
            decoded.is_some_and(|soap| soap.text.anomalies.is_empty()),
            "the sample is proper"
        );
        group.throughput(Throughput::Bytes(octets.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                drop(black_box(decode_soap(
                    black_box(&octets),
                    content_type,
                    true,
                    PduLimits::default(),
                )));
            });
        });
    }
    group.finish();
}

/// An MM4_forward.REQ with a photo that has `lines` lines of base64.
fn forward_req(lines: usize) -> Vec<u8> {
    let photo = format!("{}\r\n", "R0lG".repeat(19)).repeat(lines);
    format!(
        "Received: from a\r\n by b; Fri, 20 Nov 2026 10:00:00 +0000\r\nX-Mms-Message-Type: MM4_forward.REQ\r\n\
         X-Mms-Transaction-ID: t\r\nFrom: +61400000001/TYPE=PLMN@mms.one.example\r\n\
         Subject: =?utf-8?B?R3LDvMOfZQ==?=\r\nContent-Type: multipart/related; boundary=b\r\n\r\n\
         --b\r\nContent-Type: application/smil\r\n\r\n<smil/>\r\n--b\r\nContent-Type: image/gif\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{photo}--b--\r\n"
    )
    .into_bytes()
}

fn mm4(criterion: &mut Criterion) {
    let octets = forward_req(5000);
    let decode = |octets| decode_mail(octets, true, None, PduLimits::default());
    assert!(
        decode(&octets[..]).text.anomalies.is_empty(),
        "the sample is proper"
    );
    let mut group = criterion.benchmark_group("MM4_forward.REQ, 380 kB");
    group.throughput(Throughput::Bytes(octets.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| drop(black_box(decode(black_box(&octets)))))
    });
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    let large = send_req(300_000);
    assert_eq!(decode(&large, true).anomalies, vec![], "the sample is proper");
    let mut group = criterion.benchmark_group("send-req, 300 kB");
    group.throughput(Throughput::Bytes(large.len() as u64));
    group.bench_function("decode", |bencher| {
        bencher.iter(|| decode(black_box(&large), true))
    });
    group.bench_function("decode and digest", |bencher| {
        bencher.iter(|| drop(black_box(PduRecord::from(&decode(black_box(&large), true)))));
    });
    group.finish();

    let small: [(&str, &[u8]); 3] = [
        ("notification-ind", b"\x8c\x82\x98T1a2b\0\x8d\x92\x89\x18\x80+15550100001/TYPE=PLMN\0\x96\x05\xeah\xc3\xa9\0\x8a\x80\x8e\x03\x01\x86\xa0\x88\x05\x81\x03\x03\xf4\x80\x83http://mms.example/m/1\0"),
        ("send-conf", b"\x8c\x81\x98tx-1\0\x8d\x90\x92\x80\x8bmid-1@mmsc\0"),
        ("notifyresp-ind", b"\x8c\x83\x98tx-1\0\x8d\x90\x95\x81"),
    ];
    let mut group = criterion.benchmark_group("small PDUs");
    group.throughput(Throughput::Elements(1));
    for (name, octets) in small {
        group.bench_function(name, |bencher| {
            bencher.iter(|| drop(black_box(PduRecord::from(&decode(black_box(octets), true)))))
        });
    }
    group.finish();
}

criterion_group!(decoding, benches, mm4, mm7);
criterion_main!(decoding);
