//! One message over HTTP, all its steps: submission, notification, retrieval, confirmation (OMA-TS-MMS_ENC).

use super::Traffic;

impl Traffic {
    /// A message with a photo of `photo` octets, from submission to confirmation.
    pub(crate) fn message(&mut self, number: usize, photo: usize) {
        let url = format!("http://mmsc.example.net/m/{number:08x}");
        self.exchange(&post("/mms", &send_req(number, photo)), &ok(&send_conf(number)));
        self.exchange(&post("/push", &notification(number, &url, photo)), &ok(b""));
        let get = format!("GET {url} HTTP/1.1\r\nHost: mmsc.example.net\r\nUser-Agent: phone/1.0\r\n\r\n");
        self.exchange(get.as_bytes(), &ok(&retrieve_conf(number, number, photo)));
        self.exchange(&post("/mms", &notifyresp(number)), &ok(b""));
    }

    /// Message number 0 is fetched by one of its recipients, and reported to its sender.
    pub(super) fn delivery(&mut self, recipient: usize) {
        let get = format!("GET /m/{recipient:08x} HTTP/1.1\r\nHost: mmsc.example.net\r\n\r\n");
        self.exchange(get.as_bytes(), &ok(&retrieve_conf(0, recipient, 0)));
        self.exchange(&post("/push", &delivery_ind(recipient)), &ok(b""));
    }

    /// A request and its answer on a connection of their own.
    fn exchange(&mut self, request: &[u8], answer: &[u8]) {
        let mut connection = self.connection(80);
        self.open(&mut connection);
        self.send(&mut connection, 0, request);
        self.send(&mut connection, 1, answer);
        self.close(&mut connection);
    }
}

fn post(path: &str, pdu: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: mmsc.example.net\r\nUser-Agent: phone/1.0\r\n\
         Content-Type: application/vnd.wap.mms-message\r\nContent-Length: {}\r\n\r\n",
        pdu.len()
    )
    .into_bytes();
    request.extend_from_slice(pdu);
    request
}

fn ok(pdu: &[u8]) -> Vec<u8> {
    let kind = match pdu {
        [] => "",
        _ => "Content-Type: application/vnd.wap.mms-message\r\n",
    };
    let mut answer = format!("HTTP/1.1 200 OK\r\n{kind}Content-Length: {}\r\n\r\n", pdu.len()).into_bytes();
    answer.extend_from_slice(pdu);
    answer
}

/// Message type, transaction id and version.
fn head(message_type: u8, transaction: &str) -> Vec<u8> {
    let mut octets = vec![0x8c, message_type, 0x98];
    octets.extend_from_slice(transaction.as_bytes());
    octets.extend_from_slice(&[0, 0x8d, 0x92]);
    octets
}

fn text(octets: &mut Vec<u8>, field: u8, value: &str) {
    octets.push(field);
    octets.extend_from_slice(value.as_bytes());
    octets.push(0);
}

fn from(octets: &mut Vec<u8>, number: usize) {
    let address = sender(number);
    octets.extend_from_slice(&[0x89, address.len() as u8 + 2, 0x80]);
    octets.extend_from_slice(address.as_bytes());
    octets.push(0);
}

fn sender(number: usize) -> String {
    format!("+614{:08}/TYPE=PLMN", number % 100_000_000)
}

fn recipient(number: usize) -> String {
    format!("+615{:08}/TYPE=PLMN", number % 100_000_000)
}

/// m-send.req with a presentation, a text and a photo.
pub(super) fn send_req(number: usize, photo: usize) -> Vec<u8> {
    let mut octets = head(0x80, &format!("S{number:08x}"));
    from(&mut octets, number);
    text(&mut octets, 0x97, &recipient(number));
    text(&mut octets, 0x96, "Holiday");
    octets.extend_from_slice(&[0x8a, 0x80, 0x8f, 0x81, 0x86, 0x80]);
    body(&mut octets, number, photo);
    octets
}

fn send_conf(number: usize) -> Vec<u8> {
    let mut octets = head(0x81, &format!("S{number:08x}"));
    octets.extend_from_slice(&[0x92, 0x80]);
    text(&mut octets, 0x8b, &format!("{number:08x}@mmsc.example.net"));
    octets
}

fn notification(number: usize, url: &str, photo: usize) -> Vec<u8> {
    let mut octets = head(0x82, &format!("N{number:08x}"));
    from(&mut octets, number);
    octets.extend_from_slice(&[0x8a, 0x80, 0x8e, 4]);
    octets.extend_from_slice(&(photo as u32 + 500).to_be_bytes());
    octets.extend_from_slice(&[0x88, 5, 0x81, 3, 3, 0xf4, 0x80]);
    text(&mut octets, 0x83, url);
    octets
}

fn retrieve_conf(number: usize, to: usize, photo: usize) -> Vec<u8> {
    let mut octets = head(0x84, &format!("N{to:08x}"));
    text(&mut octets, 0x8b, &format!("{number:08x}@mmsc.example.net"));
    octets.extend_from_slice(&[0x85, 4, 0x6b, 0, 0x27, 0x2f]);
    from(&mut octets, number);
    text(&mut octets, 0x97, &recipient(to));
    text(&mut octets, 0x96, "Holiday");
    octets.extend_from_slice(&[0x8a, 0x80, 0x8f, 0x81]);
    body(&mut octets, number, photo);
    octets
}

/// Message number 0 was retrieved by a recipient.
fn delivery_ind(to: usize) -> Vec<u8> {
    let mut octets = vec![0x8c, 0x86, 0x8d, 0x92];
    text(&mut octets, 0x8b, &format!("{:08x}@mmsc.example.net", 0));
    text(&mut octets, 0x97, &recipient(to));
    octets.extend_from_slice(&[0x85, 4, 0x6b, 0, 0x27, 0x2f, 0x95, 0x81]);
    octets
}

fn notifyresp(number: usize) -> Vec<u8> {
    let mut octets = head(0x83, &format!("N{number:08x}"));
    octets.extend_from_slice(&[0x95, 0x81]);
    octets
}

/// Content-Type and the multipart body: the photo's octets follow from the message's number.
fn body(octets: &mut Vec<u8>, number: usize, photo: usize) {
    octets.extend_from_slice(b"\x84\x1b\xb3\x8a<smil>\0\x89application/smil\0\x03");
    part(
        octets,
        b"\x13application/smil\0\x81\xea\xc0\"<smil>\0",
        &[b'<'; 400],
    );
    part(
        octets,
        b"\x0a\x83\x85t.txt\0\x81\xea\x8et.txt\0",
        b"hello from the beach",
    );
    let pixels: Vec<u8> = (0..photo).map(|place| (place * 7 + number) as u8).collect();
    part(octets, b"\x08\x9e\x85p.jpg\0\xc0\"<p>\0\x8ep.jpg\0", &pixels);
}

fn part(octets: &mut Vec<u8>, headers: &[u8], data: &[u8]) {
    let length = data.len() as u32;
    octets.push(headers.len() as u8);
    octets.extend([21, 14, 7].map(|shift| 0x80 | (length >> shift) as u8));
    octets.push((length & 0x7f) as u8);
    octets.extend_from_slice(headers);
    octets.extend_from_slice(data);
}
