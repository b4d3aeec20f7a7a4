//! An authenticator for tests: keeps one key, recognises whoever it is told to, and signs as WebAuthn asks.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the desk of the bench stands.
pub const ORIGIN: &str = "https://desk.example.gov.cn";

/// A device with one passkey.
#[derive(Clone)]
pub struct Device {
    key: SigningKey,
    id: Vec<u8>,
    /// Whether it recognises its holder.
    pub verifies: bool,
    /// How often it was used, where it counts.
    pub counter: Option<u32>,
}

impl Device {
    /// A device; another one for every number.
    pub fn new(number: u8) -> Device {
        Device {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            id: vec![number; 32],
            verifies: true,
            counter: None,
        }
    }

    /// What `navigator.credentials.create()` gives, as the desk's script sends it.
    pub fn create(&mut self, asked: &Value, origin: &str) -> String {
        let client = client_data("webauthn.create", asked, origin);
        let data = self.authenticator_data(asked["rp"]["id"].as_str().unwrap(), true);
        // A map of three: fmt "none", attStmt empty, authData.
        let mut object = vec![0xa3];
        object.extend(text("fmt"));
        object.extend(text("none"));
        object.extend(text("attStmt"));
        object.push(0xa0);
        object.extend(text("authData"));
        object.extend(bytes(&data));
        let response =
            json!({ "attestationObject": encode(&object), "clientDataJSON": encode(&client), "transports": [] });
        self.envelope(&self.id.clone(), response)
    }

    /// What `navigator.credentials.get()` gives, as the desk's script sends it.
    pub fn get(&mut self, asked: &Value, origin: &str) -> String {
        self.answer(asked, origin, &self.id.clone())
    }

    /// An answer under the name of the first passkey asked for, which this device does not have.
    pub fn forge(&mut self, asked: &Value, origin: &str) -> String {
        let name = asked["allowCredentials"][0]["id"].as_str().unwrap();
        self.answer(asked, origin, &URL_SAFE_NO_PAD.decode(name).unwrap())
    }

    fn answer(&mut self, asked: &Value, origin: &str, id: &[u8]) -> String {
        let client = client_data("webauthn.get", asked, origin);
        let data = self.authenticator_data(asked["rpId"].as_str().unwrap(), false);
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        let response = json!({
            "authenticatorData": encode(&data),
            "clientDataJSON": encode(&client),
            "signature": encode(signature.to_der().as_bytes()),
            "userHandle": null,
        });
        self.envelope(id, response)
    }

    fn envelope(&self, id: &[u8], response: Value) -> String {
        let id = encode(id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response }).to_string()
    }

    fn authenticator_data(&mut self, party: &str, with_key: bool) -> Vec<u8> {
        self.counter = self.counter.map(|n| n + 1);
        let mut data = Sha256::digest(party.as_bytes()).to_vec();
        // User present, user verified, a key is attached.
        data.push(0x01 | (u8::from(self.verifies) << 2) | (u8::from(with_key) << 6));
        data.extend(self.counter.unwrap_or(0).to_be_bytes());
        if with_key {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
            data.extend(&self.id);
            data.extend(self.public_key());
        }
        data
    }

    /// COSE: EC2, ES256, P-256, x, y.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let coordinates = &point.as_bytes()[1..];
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        key.extend(bytes(&coordinates[..32]));
        key.push(0x22);
        key.extend(bytes(&coordinates[32..]));
        key
    }
}

fn client_data(kind: &str, asked: &Value, origin: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": asked["challenge"], "origin": origin, "crossOrigin": false })
        .to_string()
        .into_bytes()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A short text in CBOR.
fn text(text: &str) -> Vec<u8> {
    [&[0x60 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

/// Bytes in CBOR, at most 65,535 of them.
fn bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[0x59, length[0], length[1]], bytes].concat()
}
